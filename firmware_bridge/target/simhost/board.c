/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The CPU and what is soldered around it. What simavr 1.6 does not do as silicon does is put right here:
 *  - a reset forgets the levels at the pins and every cycle timer: both are set again;
 *  - its IRQs drop a value that is the same as before: the opposite one goes first.
 */
#include "simhost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <simavr/avr_adc.h>
#include <simavr/avr_eeprom.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_hex.h>

#define FIRST_RAM 0x100
#define HELD_BY_UART (uart_fifo_fifo_size - 2)

static struct board *of(avr_t *avr) {
    return avr->custom.data;
}

double board_time(const struct board *board) {
    return (double)board->avr->cycle * 1e6 / board->hz;
}

/* ---- queues ---- */

void queue_put(struct queue *queue, uint8_t byte, double time) {
    if (queue->head + queue->count == queue->room) {
        memmove(queue->data, queue->data + queue->head, queue->count);
        memmove(queue->time, queue->time + queue->head, queue->count * sizeof *queue->time);
        queue->head = 0;
        if (queue->count * 2 >= queue->room) {
            queue->room = queue->room ? queue->room * 2 : 4096;
            queue->data = realloc(queue->data, queue->room);
            queue->time = realloc(queue->time, queue->room * sizeof *queue->time);
            if (!queue->data || !queue->time)
                abort();
        }
    }
    queue->data[queue->head + queue->count] = byte;
    queue->time[queue->head + queue->count] = time;
    queue->count++;
}

uint8_t queue_take(struct queue *queue) {
    queue->count--;
    return queue->data[queue->head++];
}

void queue_clear(struct queue *queue) {
    queue->head = queue->count = 0;
}

/* ---- UART ----
 * simavr's UART holds 64 received bytes and hands out the next one a byte's time after the last was fetched; silicon holds two and
 * loses more. So overruns are not simulated here. That there are none follows from `--watch`: nothing keeps interrupts
 * off for as long as two bytes take. */

static avr_uart_t *uart(avr_t *avr) {
    for (avr_io_t *io = avr->io_port; io; io = io->next)
        if (!strcmp(io->kind, "uart"))
            return (avr_uart_t *)io;
    abort();
}

static void on_sent(avr_irq_t *irq, uint32_t value, void *param) {
    struct board *board = param;
    (void)irq;
    board->counters.sent++;
    double end = board_time(board) + (double)uart(board->avr)->cycles_per_byte * 1e6 / board->hz;
    queue_put(&board->from_node, (uint8_t)value, end);
}

static avr_cycle_count_t on_byte_due(avr_t *avr, avr_cycle_count_t when, void *param) {
    struct board *board = param;
    if (!board->to_node.count) {
        board->sending = false;
        return 0;
    }
    uint8_t byte = queue_take(&board->to_node);
    avr_uart_t *port = uart(avr);
    if (((port->input.write - port->input.read) & (uart_fifo_fifo_size - 1)) >= HELD_BY_UART)
        board->counters.overruns++;
    else
        avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT), byte);
    board->counters.received++;
    return when + (avr_cycle_count_t)board->byte_cycles;
}

static void start_sending(struct board *board) {
    if (board->sending || !board->to_node.count)
        return;
    board->sending = true;
    avr_cycle_timer_register(board->avr, (avr_cycle_count_t)board->byte_cycles, on_byte_due, board);
}

void board_send(struct board *board, const uint8_t *data, size_t count) {
    for (size_t i = 0; i < count; i++)
        queue_put(&board->to_node, data[i], 0);
    start_sending(board);
}

/* ---- pins and voltages ---- */

static void show_pin(struct board *board, int port, int bit) {
    avr_t *avr = board->avr;
    char name = (char)('B' + port);
    avr_irq_t *irq = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(name), bit);
    bool level = board->pin[port][bit].level;
    avr_ioport_external_t outside = {.name = (unsigned long)name & 0x7f};
    for (int i = 0; i < 8; i++) {
        outside.mask |= (unsigned long)board->pin[port][i].driven << i;
        outside.value |= (unsigned long)board->pin[port][i].level << i;
    }
    avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL(name), &outside);
    avr_raise_irq(irq, !level);
    avr_raise_irq(irq, level);
}

void board_pin(struct board *board, char port, int bit, bool level) {
    struct pin *pin = &board->pin[port - 'B'][bit];
    if (pin->driven && pin->level == level)
        return;
    *pin = (struct pin){.driven = true, .level = level};
    show_pin(board, port - 'B', bit);
}

void board_adc(struct board *board, int channel, double millivolts) {
    board->wave[channel].count = 0;
    avr_irq_t *irq = avr_io_getirq(board->avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0 + channel);
    avr_raise_irq(irq, (uint32_t)(millivolts + 0.5));
}

bool board_wave(struct board *board, int channel, double rate, const char *path) {
    struct wave *wave = &board->wave[channel];
    FILE *file = fopen(path, "r");
    size_t room = 1024;
    double value;
    if (!file)
        return false;
    *wave = (struct wave){.rate = rate, .start = board_time(board), .millivolts = malloc(room * sizeof value)};
    while (wave->millivolts && fscanf(file, "%lf", &value) == 1) {
        if (wave->count == room)
            wave->millivolts = realloc(wave->millivolts, (room *= 2) * sizeof value);
        if (wave->millivolts)
            wave->millivolts[wave->count++] = value;
    }
    fclose(file);
    return wave->count > 0;
}

static double wave_at(const struct wave *wave, double time) {
    double position = (time - wave->start) * 1e-6 * wave->rate;
    size_t whole = (size_t)position;
    double left = wave->millivolts[whole % wave->count], right = wave->millivolts[(whole + 1) % wave->count];
    return left + (right - left) * (position - (double)whole);
}

/* The ADC holds its input when a conversion starts: the moving voltages are looked up at that instant. */
static void on_conversion(avr_irq_t *irq, uint32_t value, void *param) {
    struct board *board = param;
    union {
        avr_adc_mux_t mux;
        uint32_t v;
    } chosen = {.v = value};
    (void)irq;
    if (chosen.mux.kind != ADC_MUX_SINGLE || chosen.mux.src >= ADC_CHANNELS)
        return;
    const struct wave *wave = &board->wave[chosen.mux.src];
    if (!wave->count)
        return;
    double millivolts = wave_at(wave, board_time(board));
    avr_irq_t *input = avr_io_getirq(board->avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0 + chosen.mux.src);
    avr_raise_irq(input, millivolts < 0 ? 0 : (uint32_t)(millivolts + 0.5));
}

/* ---- resets ---- */

static void on_reset(avr_t *avr) {
    struct board *board = of(avr);
    if (board->core_reset)
        board->core_reset(avr);
    board->was_reset = true;
    board->counters.resets++;
}

static void settle_after_reset(struct board *board) {
    board->was_reset = board->sending = board->halted = false;
    board->counters.enabled = false;
    for (int port = 0; port < PORTS; port++)
        for (int bit = 0; bit < 8; bit++)
            if (board->pin[port][bit].driven)
                show_pin(board, port, bit);
    start_sending(board);
}

/* SRAM after power came: nothing that firmware could take for its own. */
static void scramble(avr_t *avr) {
    uint32_t state = 0x2545f491u;
    for (unsigned i = FIRST_RAM; i <= avr->ramend; i++) {
        state = state * 1664525u + 1013904223u;
        avr->data[i] = (uint8_t)(state >> 24);
    }
}

bool board_reset(struct board *board, const char *cause) {
    avr_t *avr = board->avr;
    avr_regbit_t flag;
    if (!strcmp(cause, "external"))
        flag = avr->reset_flags.extrf;
    else if (!strcmp(cause, "power"))
        flag = avr->reset_flags.porf;
    else if (!strcmp(cause, "brownout"))
        flag = avr->reset_flags.borf;
    else
        return false;
    queue_clear(&board->to_node);
    avr_reset(avr);
    if (!strcmp(cause, "power")) {
        scramble(avr);
        oximeter_power(&board->oximeter);
    }
    avr_regbit_set(avr, flag);
    settle_after_reset(board);
    return true;
}

void board_jump(struct board *board, uint32_t address) {
    board->avr->pc = address;
}

/* ---- EEPROM ---- */

static void load_eeprom(struct board *board) {
    uint8_t image[1024];
    FILE *file = board->eeprom_path ? fopen(board->eeprom_path, "rb") : NULL;
    if (!file)
        return;
    avr_eeprom_desc_t part = {.ee = image, .offset = 0, .size = (uint32_t)fread(image, 1, sizeof image, file)};
    fclose(file);
    avr_ioctl(board->avr, AVR_IOCTL_EEPROM_SET, &part);
}

void board_keep_eeprom(struct board *board) {
    uint8_t image[1024];
    avr_eeprom_desc_t part = {.ee = image, .offset = 0, .size = sizeof image};
    if (!board->eeprom_path)
        return;
    avr_ioctl(board->avr, AVR_IOCTL_EEPROM_GET, &part);
    FILE *file = fopen(board->eeprom_path, "wb");
    if (!file || fwrite(image, 1, sizeof image, file) != sizeof image)
        fprintf(stderr, "simhost: cannot keep the EEPROM in %s\n", board->eeprom_path);
    if (file)
        fclose(file);
}

/* ---- start and run ---- */

static bool load_hex(avr_t *avr, const char *path, uint32_t *base) {
    uint32_t size;
    uint8_t *data = read_ihex_file(path, &size, base);
    if (!data)
        return false;
    memcpy(avr->flash + *base, data, size);
    free(data);
    return true;
}

static bool load_elf(avr_t *avr, const char *path) {
    elf_firmware_t image = {0};
    if (elf_read_firmware(path, &image))
        return false;
    image.frequency = avr->frequency;
    snprintf(image.mmcu, sizeof image.mmcu, "%s", avr->mmcu);
    avr_load_firmware(avr, &image);
    return true;
}

static bool load(avr_t *avr, const char *firmware, const char *loader) {
    uint32_t base = 0;
    if (firmware && !(strstr(firmware, ".hex") ? load_hex(avr, firmware, &base) : load_elf(avr, firmware)))
        return false;
    if (loader && !load_hex(avr, loader, &base))
        return false;
    if (loader)
        avr->reset_pc = avr->pc = base;
    avr->codeend = avr->flashend;
    return true;
}

static void no_sleep(avr_t *avr, avr_cycle_count_t cycles) {
    of(avr)->counters.slept += cycles;
}

static void wire(struct board *board) {
    avr_t *avr = board->avr;
    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_sent, board);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_OUT_TRIGGER), on_conversion, board);
}

bool board_start(struct board *board, const char *firmware, const char *loader) {
    avr_t *avr = board->avr = avr_make_mcu_by_name("atmega328p");
    if (!avr)
        return false;
    avr->custom.data = board;
    avr_init(avr);
    avr->log = LOG_ERROR;
    avr->frequency = (uint32_t)NOMINAL_HZ;
    if (!load(avr, firmware, loader))
        return false;
    avr->frequency = (uint32_t)NOMINAL_HZ;
    avr->vcc = avr->avcc = 5000;
    avr->aref = 3300;
    avr->sleep = no_sleep;
    board->core_reset = avr->reset;
    avr->reset = on_reset;
    board->counters.lowest_stack = avr->ramend;
    wire(board);
    oximeter_attach(&board->oximeter, board);
    load_eeprom(board);
    scramble(avr);
    avr_regbit_set(avr, loader ? avr->reset_flags.extrf : avr->reset_flags.porf);
    return true;
}

static avr_cycle_count_t on_end_of_step(avr_t *avr, avr_cycle_count_t when, void *param) {
    (void)avr, (void)when, (void)param;
    return 0;
}

/* After every instruction: how deep the stack is, and for how long nothing could interrupt. */
static void look(struct board *board) {
    avr_t *avr = board->avr;
    struct counters *counters = &board->counters;
    uint16_t stack = (uint16_t)(avr->data[R_SPL] | avr->data[R_SPH] << 8);
    avr->run_cycle_limit = 1;
    if (stack < counters->lowest_stack && stack >= FIRST_RAM)
        counters->lowest_stack = stack;
    if (avr->sreg[S_I]) {
        counters->masked_since = avr->cycle;
        counters->enabled = true;
    } else if (counters->enabled && avr->cycle - counters->masked_since > counters->longest_masked)
        counters->longest_masked = avr->cycle - counters->masked_since;
}

void board_run(struct board *board, avr_cycle_count_t until) {
    avr_t *avr = board->avr;
    if (avr->cycle >= until)
        return;
    /* A sleeping CPU is woken at the end of the step, so that what comes next happens at its own time. */
    avr_cycle_timer_register(avr, until - avr->cycle, on_end_of_step, board);
    while (avr->cycle < until) {
        int state = avr_run(avr);
        if (board->was_reset)
            settle_after_reset(board);
        if (state == cpu_Done || state == cpu_Crashed) {
            /* Half an image may hold anything: the CPU stands still until it is reset. */
            board->counters.halts += !board->halted;
            board->halted = true;
            avr->cycle = until;
            break;
        }
        if (board->watch)
            look(board);
    }
    avr_cycle_timer_cancel(avr, on_end_of_step, board);
}
