/* The ATmega328P room node: what is wired to which pin, and the numbers that follow from it.
 *
 *   PD0 RXD, PD1 TXD   the line to the room's edge, 8N1
 *   PD4                nurse-call button to ground; the pin's own pull-up holds it high
 *   PD5                bed-exit mat to ground: closed while somebody lies on it
 *   PD6 LO+, PD7 LO-   AD8232: high while that electrode is off
 *   PC0 ADC0           AD8232 output, centred on half of AREF
 *   PC1 ADC1           TMP36 room temperature: 500 mV at 0 degrees, 10 mV per degree
 *   PC4 SDA, PC5 SCL   MAX30102, 400 kHz
 *   PB5                lamp at the bed
 *   AREF               3.3 V of the AD8232's supply, which it is ratiometric to
 *
 * Interrupts have no argument, so each driver here keeps what its interrupts share in one file-level struct. That is the one
 * exception to "all state in a struct of the caller's"; target/core has none.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

#ifndef F_CPU
#error "F_CPU: the crystal's frequency"
#endif

#define BAUD 115200ul
/* Double speed, rounded: 16 at 16 MHz, which makes 117647 (+2.1 %). A receiver of 8N1 takes twice that; what the other end is off adds up.
 * PROTOCOL.md fixes 115200 because the boot loader speaks it too. */
#define BAUD_DIVIDER ((F_CPU + BAUD * 4ul) / (BAUD * 8ul) - 1ul)
#define BAUD_REAL (F_CPU / (8ul * (BAUD_DIVIDER + 1ul)))
#if BAUD_REAL * 1000ul > BAUD * 1025ul || BAUD_REAL * 1000ul < BAUD * 975ul
#error "the UART would be off by more than 2.5 %"
#endif

#define REFERENCE_MV 3300ul

#define PIN_CALL 4
#define PIN_MAT 5
#define PIN_LEAD_PLUS 6
#define PIN_LEAD_MINUS 7
#define PIN_LAMP 5

/* Set by the interrupts that the main loop must not sleep over: a millisecond has passed, a byte came. */
#define WAKE GPIOR0

#endif
