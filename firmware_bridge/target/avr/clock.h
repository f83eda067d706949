/* Time: timer 1 counts half microseconds and never stops; its overflows are counted into a clock of 32 bits. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define TICKS_PER_SAMPLE 4u /* milliseconds; 250 samples of the ECG a second */

void clock_start(void);
/* Microseconds since the start, modulo 2^32 (71.6 minutes). */
uint32_t clock_us(void);
/* The same where interrupts are off: in interrupts. */
uint32_t clock_us_masked(void);

#endif
