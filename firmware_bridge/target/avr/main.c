/* Room node on an ATmega328P: hands the board's drivers to the portable core and sleeps in between. */
#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <avr/sleep.h>

#include "adc.h"
#include "board.h"
#include "clock.h"
#include "lamp.h"
#include "node.h"
#include "node_descriptor.h"
#include "reset.h"
#include "twi.h"
#include "uart.h"
#include "version.h"

#define AD8232_GAIN 100ul
/* mV of the heart per count, in millionths. */
#define ECG_STEP (REFERENCE_MV * 10000ul / 1024ul * 100ul / AD8232_GAIN)
#define CRYSTAL_PPM 100

static const uint8_t DESCRIPTOR[] PROGMEM = {
    NODE_D_BOARD(5), 'm', '3', '2', '8', 'p',
    NODE_D_HARDWARE(1),
    NODE_D_FIRMWARE(VERSION_LENGTH), VERSION_CHARACTERS,
    NODE_D_CLOCK(CRYSTAL_PPM),
    NODE_D_STREAM(NODE_STREAM_ECG, NODE_KIND_ECG, 0x12, 250000, 512, ECG_STEP, -6),
    NODE_D_STREAM(NODE_STREAM_PPG, NODE_KIND_PPG, 0x23, 100000, 0, 1, 0),
    NODE_D_STREAM(NODE_STREAM_TEMPERATURE, NODE_KIND_TEMPERATURE, 0x12, 200, 0, 1, -2),
    NODE_D_EVENT(NODE_EVENT_CALL),
    NODE_D_EVENT(NODE_EVENT_EXIT),
    NODE_D_EVENT(NODE_EVENT_RETURN),
    NODE_D_EVENT(NODE_EVENT_FAULT),
    NODE_D_EVENT(NODE_EVENT_REPAIRED),
    NODE_D_UPDATE(NODE_UPDATE_STK500, BAUD),
};

static uint32_t now_us(void *hw) {
    (void)hw;
    return clock_us();
}

static int16_t get(void *hw) {
    (void)hw;
    return uart_get();
}

static uint8_t room(void *hw) {
    (void)hw;
    return uart_room();
}

static void put(void *hw, uint8_t byte) {
    (void)hw;
    uart_put(byte);
}

static uint8_t inputs(void *hw) {
    uint8_t levels = PIND, active = 0;
    (void)hw;
    if (!(levels & _BV(PIN_CALL)))
        active |= NODE_INPUT_CALL;
    if (!(levels & _BV(PIN_MAT)))
        active |= NODE_INPUT_MAT;
    return active;
}

static bool ecg_get(void *hw, struct node_ecg_sample *sample) {
    (void)hw;
    return adc_get(sample);
}

static uint16_t temperature(void *hw) {
    (void)hw;
    return adc_temperature();
}

static bool i2c_start(void *hw, const struct node_i2c_transfer *transfer) {
    (void)hw;
    return twi_start(transfer);
}

static enum node_i2c_state i2c_state(void *hw) {
    (void)hw;
    return twi_state();
}

static bool nvm_read(void *hw, uint8_t offset, uint8_t *data, uint8_t length) {
    (void)hw;
    eeprom_read_block(data, (const void *)(uint16_t)offset, length);
    return true;
}

static bool nvm_write(void *hw, uint8_t offset, const uint8_t *data, uint8_t length) {
    (void)hw;
    eeprom_update_block(data, (void *)(uint16_t)offset, length);
    for (uint8_t i = 0; i < length; i++)
        if (eeprom_read_byte((const uint8_t *)(uint16_t)(offset + i)) != data[i])
            return false;
    return true;
}

static uint8_t descriptor(void *hw, uint16_t offset) {
    (void)hw;
    return pgm_read_byte(&DESCRIPTOR[offset]);
}

static void led(void *hw, enum node_led state) {
    (void)hw;
    lamp_show(state);
}

static void health(void *hw, struct node_health *health) {
    (void)hw;
    health->rx_overrun = uart_overruns();
    health->free_stack = reset_free_stack();
}

/* The loader listens only after a reset from outside (DTR), so a command can start the application alone. */
static void restart(void *hw, uint8_t mode) {
    (void)hw;
    if (mode == NODE_RESTART_APPLICATION)
        reset_now();
}

static const struct node_hal HAL = {
    .now_us = now_us,
    .uart_get = get,
    .uart_room = room,
    .uart_put = put,
    .inputs = inputs,
    .ecg_get = ecg_get,
    .temperature = temperature,
    .i2c_start = i2c_start,
    .i2c_state = i2c_state,
    .nvm_read = nvm_read,
    .nvm_write = nvm_write,
    .descriptor = descriptor,
    .led = led,
    .health = health,
    .restart = restart,
};

static struct node node;
static struct node_events kept __attribute__((section(".noinit")));

/* Off until there is something to do. Most interrupts only move a byte: the CPU goes back to sleep behind them. */
static void nap(void) {
    cli();
    while (!WAKE) {
        sleep_enable();
        sei(); /* takes effect after the next instruction, so no interrupt comes between the look and the sleep */
        sleep_cpu();
        sleep_disable();
        cli();
    }
    sei();
}

static void power_up(void) {
    PORTD = _BV(PIN_CALL) | _BV(PIN_MAT);
    lamp_start();
    clock_start();
    uart_start();
    adc_start();
    twi_start_up();
    set_sleep_mode(SLEEP_MODE_IDLE);
    sei();
}

int main(void) {
    struct node_setup setup = {
        .features = NODE_HAS_ECG | NODE_HAS_OXIMETER | NODE_HAS_TEMPERATURE,
        .reset_cause = reset_cause(),
        .descriptor_length = sizeof DESCRIPTOR,
        .kept = &kept,
    };
    reset_watch();
    power_up();
    node_init(&node, &HAL, &setup);
    for (;;) {
        reset_alive();
        WAKE = 0;
        if (!node_step(&node))
            nap();
    }
}
