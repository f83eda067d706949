/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MAX30102 as far as a driver uses it (register map from memory of Maxim's data sheet 19-7740): two 18-bit values a
 * sample, FIFO of 32, averaging, roll-over, overflow counter, reset and shutdown bits, part number. Samples are made
 * when the bus looks at the chip, up to the present, so that a simulated hour costs only what is read of it.
 */
#include "simhost.h"

#include <math.h>
#include <string.h>

#include <simavr/avr_twi.h>

enum {
    ADDRESS = 0x57,
    FIFO_WRITE = 0x04,
    OVERFLOW = 0x05,
    FIFO_READ = 0x06,
    FIFO_DATA = 0x07,
    FIFO_CONFIG = 0x08,
    MODE = 0x09,
    SPO2_CONFIG = 0x0a,
    LED_RED = 0x0c,
    LED_INFRARED = 0x0d,
    REVISION = 0xfe,
    PART = 0xff,
};

#define MODE_RESET 0x40
#define MODE_SHUTDOWN 0x80
#define ROLL_OVER 0x10
#define FULL_SCALE 0x3ffff

static struct board *owner(struct oximeter *oximeter) {
    return (struct board *)((char *)oximeter - offsetof(struct board, oximeter));
}

void oximeter_power(struct oximeter *oximeter) {
    memset(oximeter->reg, 0, sizeof oximeter->reg);
    oximeter->reg[REVISION] = 3;
    oximeter->reg[PART] = 0x15;
    oximeter->write = oximeter->read = oximeter->count = 0;
    oximeter->byte = oximeter->pointer = oximeter->index = oximeter->selected = 0;
    oximeter->taken = 0;
    oximeter->started = board_time(owner(oximeter));
}

static unsigned leds(const struct oximeter *oximeter) {
    switch (oximeter->reg[MODE] & 0x87) {
    case 2: return 1;
    case 3: return 2;
    default: return 0;
    }
}

static double rate(const struct oximeter *oximeter) {
    static const double samples[8] = {50, 100, 200, 400, 800, 1000, 1600, 3200};
    static const double averaged[8] = {1, 2, 4, 8, 16, 32, 32, 32};
    double nominal = samples[(oximeter->reg[SPO2_CONFIG] >> 2) & 7] / averaged[oximeter->reg[FIFO_CONFIG] >> 5];
    return nominal * (1 + oximeter->ppm * 1e-6);
}

/* Blood volume over one beat, 0..1: the systolic wave and the smaller one after the dicrotic notch. */
static double beat(double phase) {
    double systole = (phase - 0.22) / 0.10, diastole = (phase - 0.52) / 0.13;
    return exp(-systole * systole) + 0.35 * exp(-diastole * diastole);
}

static double hiss(struct oximeter *oximeter) {
    oximeter->noise = oximeter->noise * 1664525u + 1013904223u;
    return (double)(oximeter->noise >> 8) / (1 << 24) - 0.5;
}

static uint32_t light(struct oximeter *oximeter, unsigned led, double pulse) {
    double level = oximeter->reg[led ? LED_INFRARED : LED_RED] * (led ? 3400.0 : 2900.0);
    if (!oximeter->finger)
        level *= 0.004; /* stray light */
    else
        level *= 1 - pulse * oximeter->perfusion * (led ? 1 : oximeter->ratio);
    level += hiss(oximeter) * 24;
    return level < 0 ? 0 : level > FULL_SCALE ? FULL_SCALE : (uint32_t)level;
}

static void convert(struct oximeter *oximeter) {
    double pulse = beat(oximeter->phase);
    oximeter->phase = fmod(oximeter->phase + oximeter->bpm / 60 / rate(oximeter), 1);
    oximeter->made++;
    uint32_t red = light(oximeter, 0, pulse), infrared = light(oximeter, 1, pulse);
    if (oximeter->count == 32) {
        oximeter->lost++;
        if (oximeter->reg[OVERFLOW] < 31)
            oximeter->reg[OVERFLOW]++;
        if (!(oximeter->reg[FIFO_CONFIG] & ROLL_OVER))
            return;
        oximeter->read = (oximeter->read + 1) & 31;
        oximeter->count--;
    }
    oximeter->fifo[oximeter->write][0] = red;
    oximeter->fifo[oximeter->write][1] = infrared;
    oximeter->write = (oximeter->write + 1) & 31;
    oximeter->count++;
}

static void catch_up(struct oximeter *oximeter) {
    double now = board_time(owner(oximeter));
    if (!leds(oximeter))
        return;
    uint64_t due = (uint64_t)((now - oximeter->started) * 1e-6 * rate(oximeter));
    while (oximeter->taken < due) {
        oximeter->taken++;
        convert(oximeter);
    }
}

static uint8_t read_fifo(struct oximeter *oximeter) {
    unsigned led = oximeter->byte / 3;
    uint32_t value = oximeter->count ? oximeter->fifo[oximeter->read][led] : 0;
    uint8_t out = (uint8_t)(value >> (16 - 8 * (oximeter->byte % 3)));
    if (++oximeter->byte < 3 * leds(oximeter))
        return out;
    oximeter->byte = 0;
    if (oximeter->count) {
        oximeter->read = (oximeter->read + 1) & 31;
        oximeter->count--;
        oximeter->reg[OVERFLOW] = 0;
    }
    return out;
}

static uint8_t read_register(struct oximeter *oximeter) {
    switch (oximeter->pointer) {
    case FIFO_DATA: return read_fifo(oximeter); /* the pointer stays */
    case FIFO_WRITE: oximeter->pointer++; return oximeter->write;
    case FIFO_READ: oximeter->pointer++; return oximeter->read;
    default: return oximeter->reg[oximeter->pointer++];
    }
}

static void write_register(struct oximeter *oximeter, uint8_t value) {
    uint8_t which = oximeter->pointer++;
    switch (which) {
    case FIFO_WRITE: oximeter->write = value & 31; break;
    case FIFO_READ:
        oximeter->read = value & 31;
        oximeter->count = (oximeter->write - oximeter->read) & 31;
        break;
    case MODE:
        if (value & MODE_RESET) {
            oximeter_power(oximeter);
            return;
        }
        oximeter->reg[MODE] = value;
        oximeter->started = board_time(owner(oximeter));
        oximeter->taken = 0;
        break;
    case REVISION:
    case PART: break;
    default: oximeter->reg[which] = value;
    }
}

static void answer(struct oximeter *oximeter, uint8_t kind, uint8_t data) {
    avr_raise_irq(oximeter->irq + TWI_IRQ_INPUT, avr_twi_irq_msg(kind, oximeter->selected, data));
}

static void on_bus(avr_irq_t *irq, uint32_t value, void *param) {
    struct oximeter *oximeter = param;
    avr_twi_msg_irq_t message = {.u = {.v = value}};
    uint8_t kind = message.u.twi.msg;
    (void)irq;
    if (kind & TWI_COND_STOP)
        oximeter->selected = 0;
    if (kind & TWI_COND_START) {
        oximeter->selected = oximeter->index = 0;
        if (!oximeter->absent && message.u.twi.addr >> 1 == ADDRESS) {
            oximeter->selected = message.u.twi.addr;
            catch_up(oximeter);
            answer(oximeter, TWI_COND_ACK, 1);
        }
    }
    if (!oximeter->selected)
        return;
    if (kind & TWI_COND_WRITE) {
        answer(oximeter, TWI_COND_ACK, 1);
        if (oximeter->index++ == 0) {
            oximeter->pointer = message.u.twi.data;
            oximeter->byte = 0;
        } else {
            write_register(oximeter, message.u.twi.data);
        }
    }
    if (kind & TWI_COND_READ)
        answer(oximeter, TWI_COND_READ, read_register(oximeter));
}

void oximeter_attach(struct oximeter *oximeter, struct board *board) {
    static const char *names[2] = {"8>oximeter.out", "32<oximeter.in"};
    avr_t *avr = board->avr;
    oximeter->irq = avr_alloc_irq(&avr->irq_pool, 0, 2, names);
    avr_irq_register_notify(oximeter->irq + TWI_IRQ_OUTPUT, on_bus, oximeter);
    avr_connect_irq(oximeter->irq + TWI_IRQ_INPUT, avr_io_getirq(avr, AVR_IOCTL_TWI_GETIRQ(0), TWI_IRQ_INPUT));
    avr_connect_irq(avr_io_getirq(avr, AVR_IOCTL_TWI_GETIRQ(0), TWI_IRQ_OUTPUT), oximeter->irq + TWI_IRQ_OUTPUT);
    oximeter->finger = true;
    oximeter->bpm = 72;
    oximeter->ratio = 0.5;
    oximeter->perfusion = 0.02;
    oximeter->noise = 1;
    oximeter_power(oximeter);
}
