/* Room node on a micro:bit (nRF51822, Cortex-M0): button A calls, button B stands for the mat. It shows that target/core runs
 * on 32 bits; it has no analogue parts. Run by QEMU in the tests.
 *
 *   P0.17 button A: nurse call, P0.26 button B: mat (both to ground), P0.24 TXD, P0.25 RXD, P0.13 and P0.4 one light of the matrix
 */
#include "node.h"
#include "node_descriptor.h"
#include "nrf51.h"
#include "version.h"

#include <string.h>

#define PIN_CALL 17u
#define PIN_MAT 26u
#define PIN_TXD 24u
#define PIN_RXD 25u
#define PIN_ROW 13u
#define PIN_COLUMN 4u

#define RECEIVE 128u
#define SEND 256u
#define TICK_US 1000u
#define WATCHDOG_COUNTS 16384u /* half a second */
#define RECORD 16u             /* of the node's memory: one in each of two pages of flash */
#define PAINT 0xc5c5c5c5u
#define CRYSTAL_PPM 100

extern uint32_t noinit_end, stack_top;
extern const uint8_t memory_start[];

void uart_interrupt(void);
void timer_interrupt(void);

/* Shared with interrupts, which have no argument: the board's one file-level state. */
static volatile struct {
    uint8_t received[RECEIVE], send[SEND];
    uint8_t receive_head, receive_tail, send_head, send_tail;
    bool sending;
    uint16_t overruns;
    uint32_t tick_at;
    uint32_t rhythm;
    uint8_t ticks, beat;
} shared;

static const uint8_t DESCRIPTOR[] = {
    NODE_D_BOARD(8), 'm', 'i', 'c', 'r', 'o', 'b', 'i', 't',
    NODE_D_HARDWARE(1),
    NODE_D_FIRMWARE(VERSION_LENGTH), VERSION_CHARACTERS,
    NODE_D_CLOCK(CRYSTAL_PPM),
    NODE_D_EVENT(NODE_EVENT_CALL),
    NODE_D_EVENT(NODE_EVENT_EXIT),
    NODE_D_EVENT(NODE_EVENT_RETURN),
    NODE_D_UPDATE(NODE_UPDATE_NONE, 0),
};

/* ---- interrupts ---- */

static void send_next(void) {
    uint8_t tail = shared.send_tail;
    shared.sending = tail != shared.send_head;
    if (!shared.sending)
        return;
    UART_TXD = shared.send[tail];
    shared.send_tail = (uint8_t)(tail + 1u);
}

static void receive_next(void) {
    uint8_t byte = (uint8_t)UART_RXD;
    uint8_t next = (shared.receive_head + 1u) % RECEIVE;
    if (UART_ERRORSRC & UART_OVERRUN) {
        UART_ERRORSRC = UART_OVERRUN;
        shared.overruns++;
    }
    if (next == shared.receive_tail) {
        shared.overruns++;
        return;
    }
    shared.received[shared.receive_head] = byte;
    shared.receive_head = next;
}

void uart_interrupt(void) {
    if (UART_RXDRDY) {
        UART_RXDRDY = 0;
        receive_next();
    }
    if (UART_TXDRDY) {
        UART_TXDRDY = 0;
        send_next();
    }
}

static void blink(void) {
    if (shared.rhythm >> shared.beat & 1u)
        GPIO_OUTSET = 1u << PIN_ROW;
    else
        GPIO_OUTCLR = 1u << PIN_ROW;
    shared.beat = (shared.beat + 1u) % 32u;
}

void timer_interrupt(void) {
    TIMER_COMPARE0 = 0;
    /* Erasing flash stops the CPU for 20 ms: a compare value that is already past would be met after 71 minutes. */
    do {
        shared.tick_at += TICK_US;
        TIMER_CC0 = shared.tick_at;
        TIMER_CAPTURE2 = 1;
    } while ((int32_t)(shared.tick_at - TIMER_CC2) <= 0);
    if (++shared.ticks == 64u) {
        shared.ticks = 0;
        blink();
    }
}

static void interrupts(bool on) {
    if (on)
        __asm__ volatile("cpsie i" ::: "memory");
    else
        __asm__ volatile("cpsid i" ::: "memory");
}

/* ---- what the core asks for ---- */

static uint32_t now_us(void *hw) {
    (void)hw;
    TIMER_CAPTURE1 = 1;
    return TIMER_CC1;
}

static int16_t get(void *hw) {
    uint8_t tail = shared.receive_tail;
    (void)hw;
    if (tail == shared.receive_head)
        return -1;
    uint8_t byte = shared.received[tail];
    shared.receive_tail = (tail + 1u) % RECEIVE;
    return byte;
}

static uint8_t room(void *hw) {
    (void)hw;
    return (uint8_t)(shared.send_tail - shared.send_head - 1u);
}

static void put(void *hw, uint8_t byte) {
    (void)hw;
    shared.send[shared.send_head] = byte;
    interrupts(false);
    shared.send_head = (uint8_t)(shared.send_head + 1u);
    if (!shared.sending)
        send_next();
    interrupts(true);
}

static uint8_t inputs(void *hw) {
    uint32_t levels = GPIO_IN;
    uint8_t active = 0;
    (void)hw;
    if (!(levels & 1u << PIN_CALL))
        active |= NODE_INPUT_CALL;
    if (!(levels & 1u << PIN_MAT))
        active |= NODE_INPUT_MAT;
    return active;
}

static bool nvm_read(void *hw, uint8_t offset, uint8_t *data, uint8_t length) {
    (void)hw;
    for (uint8_t i = 0; i < length; i++, offset++)
        data[i] = memory_start[offset / RECORD * FLASH_PAGE + offset % RECORD];
    return true;
}

static void flash_mode(uint32_t mode) {
    NVMC_CONFIG = mode;
    while (!NVMC_READY)
        ;
}

/* Whole records only: a page is erased and written anew, the other one stays whatever happens meanwhile. */
static bool nvm_write(void *hw, uint8_t offset, const uint8_t *data, uint8_t length) {
    uint32_t page = (uint32_t)memory_start + offset / RECORD * FLASH_PAGE;
    (void)hw;
    if (offset % RECORD || length != RECORD)
        return false;
    flash_mode(NVMC_ERASE);
    NVMC_ERASEPAGE = page;
    flash_mode(NVMC_WRITE);
    for (uint8_t i = 0; i < length; i += 4u) {
        uint32_t word;
        memcpy(&word, data + i, sizeof word);
        REGISTER(page + i) = word;
    }
    flash_mode(NVMC_READ);
    return memcmp((const void *)page, data, length) == 0;
}

static uint8_t descriptor(void *hw, uint16_t offset) {
    (void)hw;
    return DESCRIPTOR[offset];
}

static void led(void *hw, enum node_led state) {
    static const uint32_t rhythms[] = {
        [NODE_LED_OFF] = 0,
        [NODE_LED_CALLING] = 0x33333333u,
        [NODE_LED_HEARD] = 0xffffffffu,
        [NODE_LED_NO_HOST] = 0x00000003u,
        [NODE_LED_IDENTIFY] = 0x00330033u,
    };
    (void)hw;
    shared.rhythm = rhythms[state];
    shared.beat = 0;
}

static void health(void *hw, struct node_health *health) {
    uint32_t free = 0;
    (void)hw;
    for (const uint32_t *at = &noinit_end; at < &stack_top && *at == PAINT; at++)
        free += 4u;
    health->rx_overrun = shared.overruns;
    health->free_stack = (uint16_t)free;
}

static void restart(void *hw, uint8_t mode) {
    (void)hw;
    if (mode != NODE_RESTART_APPLICATION)
        return;
    SCB_AIRCR = AIRCR_RESET;
    for (;;)
        ;
}

static const struct node_hal HAL = {
    .now_us = now_us,
    .uart_get = get,
    .uart_room = room,
    .uart_put = put,
    .inputs = inputs,
    .nvm_read = nvm_read,
    .nvm_write = nvm_write,
    .descriptor = descriptor,
    .led = led,
    .health = health,
    .restart = restart,
};

/* ---- start ---- */

static uint8_t reset_cause(void) {
    uint32_t reasons = POWER_RESETREAS;
    POWER_RESETREAS = reasons;
    if (reasons & RESET_BY_WATCHDOG)
        return NODE_RESET_WATCHDOG;
    if (reasons & RESET_BY_SOFTWARE)
        return NODE_RESET_COMMAND;
    return reasons & RESET_BY_PIN ? NODE_RESET_EXTERNAL : NODE_RESET_POWER;
}

static void start_clock(void) {
    TIMER_MODE = 0;
    TIMER_BITMODE = TIMER_32_BIT;
    TIMER_PRESCALER = 4;
    shared.tick_at = TICK_US;
    TIMER_CC0 = TICK_US;
    TIMER_INTENSET = TIMER_INT_COMPARE0;
    TIMER_START = 1;
}

static void start_line(void) {
    UART_PSELTXD = PIN_TXD;
    UART_PSELRXD = PIN_RXD;
    UART_BAUDRATE = UART_115200;
    UART_ENABLE = UART_ENABLED;
    UART_INTENSET = UART_INT_RXDRDY | UART_INT_TXDRDY;
    UART_STARTTX = 1;
    UART_STARTRX = 1;
}

static struct node node;
static struct node_events kept __attribute__((section(".noinit")));

int main(void) {
    struct node_setup setup = {
        .reset_cause = reset_cause(),
        .descriptor_length = sizeof DESCRIPTOR,
        .kept = &kept,
    };
    GPIO_CONFIG(PIN_CALL) = GPIO_INPUT_PULL_UP;
    GPIO_CONFIG(PIN_MAT) = GPIO_INPUT_PULL_UP;
    GPIO_DIRSET = 1u << PIN_ROW | 1u << PIN_COLUMN;
    start_clock();
    start_line();
    NVIC_ENABLE = 1u << IRQ_UART0 | 1u << IRQ_TIMER0;
    WDT_CRV = WATCHDOG_COUNTS;
    WDT_RREN = 1;
    WDT_START = 1;
    node_init(&node, &HAL, &setup);
    for (;;) {
        WDT_RR0 = WDT_KICK;
        if (!node_step(&node))
            __asm__ volatile("wfi");
    }
}
