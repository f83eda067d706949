#include "clock.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#include "adc.h"
#include "board.h"
#include "lamp.h"

#define COUNTS_PER_US (F_CPU / 8ul / 1000000ul)
#define COUNTS_PER_TICK (F_CPU / 8ul / 1000ul)
#define TICKS_PER_BLINK 64u

#if COUNTS_PER_US != 2
#error "clock_us halves counts: the timer must count at 2 MHz"
#endif

static volatile struct {
    uint32_t overflows;
    uint8_t to_sample;
    uint8_t to_blink;
} time;

ISR(TIMER1_OVF_vect) {
    time.overflows++;
}

/* A millisecond has passed. The compare value moves on from itself, not from now: a late interrupt delays no other. */
ISR(TIMER1_COMPA_vect) {
    OCR1A += COUNTS_PER_TICK;
    if (++time.to_sample >= TICKS_PER_SAMPLE) {
        time.to_sample = 0;
        adc_sample();
    }
    if (++time.to_blink >= TICKS_PER_BLINK) {
        time.to_blink = 0;
        lamp_blink();
    }
    WAKE = 1;
}

void clock_start(void) {
    TCCR1A = 0;
    TCNT1 = 0;
    OCR1A = COUNTS_PER_TICK;
    TIMSK1 = _BV(TOIE1) | _BV(OCIE1A);
    TCCR1B = _BV(CS11);
}

uint32_t clock_us_masked(void) {
    uint16_t low = TCNT1;
    uint32_t high = time.overflows;
    /* It overflowed, and its interrupt could not yet run. */
    if ((TIFR1 & _BV(TOV1)) && low < 0x8000u)
        high++;
    /* high << 15 | low >> 1, in a form that a compiler for 8 bits makes no loop of. */
    uint32_t now = ((uint32_t)(uint16_t)high << 16 | low) >> 1;
    return high & 0x10000ul ? now | 0x80000000ul : now;
}

uint32_t clock_us(void) {
    uint32_t now;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        now = clock_us_masked();
    }
    return now;
}
