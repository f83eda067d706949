#include "twi.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/delay.h>
#include <util/twi.h>

#include "board.h"
#include "clock.h"

#define BUS_HZ 400000ul
#define BIT_RATE ((F_CPU / BUS_HZ - 16ul) / 2ul)
#define SDA 4
#define SCL 5
#define CLOCKS_TO_FREE 9 /* a byte and its acknowledgement */

#define GO (_BV(TWINT) | _BV(TWEN) | _BV(TWIE))

static volatile struct {
    uint8_t address;
    const uint8_t *out;
    uint8_t out_left;
    uint8_t *in;
    uint8_t in_left;
    uint32_t started_us;
    uint8_t state; /* enum node_i2c_state */
} bus;

static void end(enum node_i2c_state state) {
    TWCR = _BV(TWINT) | _BV(TWEN) | _BV(TWSTO);
    bus.state = (uint8_t)state;
}

static void write_next(void) {
    if (bus.out_left) {
        bus.out_left--;
        TWDR = *bus.out++;
        TWCR = GO;
    } else if (bus.in_left) {
        TWCR = GO | _BV(TWSTA);
    } else {
        end(NODE_I2C_DONE);
    }
}

static void read_next(void) {
    /* The last byte is not acknowledged: so the part knows that it is the last. */
    TWCR = bus.in_left > 1u ? GO | _BV(TWEA) : GO;
}

static void take(void) {
    *bus.in++ = TWDR;
    bus.in_left--;
}

ISR(TWI_vect) {
    switch (TW_STATUS) {
    case TW_START:
        TWDR = (uint8_t)(bus.address << 1 | TW_WRITE);
        TWCR = GO;
        break;
    case TW_REP_START:
        TWDR = (uint8_t)(bus.address << 1 | TW_READ);
        TWCR = GO;
        break;
    case TW_MT_SLA_ACK: /* simavr 1.6 reports TW_MT_DATA_ACK here too: what follows is the same */
    case TW_MT_DATA_ACK:
        write_next();
        break;
    case TW_MR_SLA_ACK:
        read_next();
        break;
    case TW_MR_DATA_ACK:
        take();
        read_next();
        break;
    case TW_MR_DATA_NACK:
        take();
        end(NODE_I2C_DONE);
        break;
    default: /* not acknowledged, arbitration lost, bus error */
        end(NODE_I2C_FAILED);
    }
}

void twi_start_up(void) {
    TWSR = 0;
    TWBR = BIT_RATE;
    TWCR = _BV(TWEN);
}

bool twi_start(const struct node_i2c_transfer *transfer) {
    if (bus.state == NODE_I2C_BUSY)
        return false;
    bus.address = transfer->address;
    bus.out = transfer->out;
    bus.out_left = transfer->out_length;
    bus.in = transfer->in;
    bus.in_left = transfer->in_length;
    bus.started_us = clock_us();
    bus.state = NODE_I2C_BUSY;
    TWCR = GO | _BV(TWSTA);
    return true;
}

/* A part that was reset in the middle of a byte holds SDA low for ever; clocks that nobody asked for let it finish. */
static void free_bus(void) {
    TWCR = 0;
    PORTC &= (uint8_t) ~(_BV(SDA) | _BV(SCL));
    for (uint8_t i = 0; i < CLOCKS_TO_FREE; i++) {
        DDRC |= _BV(SCL);
        _delay_us(2);
        DDRC &= (uint8_t)~_BV(SCL);
        _delay_us(2);
    }
    TWCR = _BV(TWEN);
}

enum node_i2c_state twi_state(void) {
    if (bus.state == NODE_I2C_BUSY && clock_us() - bus.started_us > TWI_PATIENCE_US) {
        TWCR = 0; /* no interrupt may end it now */
        free_bus();
        bus.state = NODE_I2C_FAILED;
    }
    return (enum node_i2c_state)bus.state;
}
