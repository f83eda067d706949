#include "lamp.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#include "board.h"

static volatile struct {
    uint32_t rhythm; /* bit per 64 ms, shown from the lowest on, again after 32 */
    uint8_t at;
} lamp;

static uint32_t rhythm(enum node_led state) {
    switch (state) {
    case NODE_LED_CALLING: return 0x33333333ul;  /* four flashes a second */
    case NODE_LED_HEARD: return 0xfffffffful;
    case NODE_LED_NO_HOST: return 0x00000003ul;  /* a short flash every two seconds */
    case NODE_LED_IDENTIFY: return 0x00330033ul; /* two, then a pause */
    case NODE_LED_OFF: break;
    }
    return 0;
}

void lamp_start(void) {
    DDRB |= _BV(PIN_LAMP);
}

void lamp_show(enum node_led state) {
    uint32_t next = rhythm(state);
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        lamp.rhythm = next;
        lamp.at = 0;
    }
}

void lamp_blink(void) {
    if (lamp.rhythm >> lamp.at & 1u)
        PORTB |= _BV(PIN_LAMP);
    else
        PORTB &= (uint8_t)~_BV(PIN_LAMP);
    lamp.at = (lamp.at + 1u) & 31u;
}
