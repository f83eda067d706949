#include "reset.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>

#include "node_protocol.h"

#define BY_COMMAND 0x52455354ul
#define PAINT 0xc5u

extern uint8_t __heap_start; /* set by the linker behind the last variable */

/* Kept over a reset, so that one that was asked for can be told from a hang: both come by the watchdog. */
static uint32_t reason __attribute__((section(".noinit")));
static uint8_t flags __attribute__((section(".noinit")));

/* Before any C: a watchdog that caused the reset goes on running at 15 ms, and the stack is still empty. */
void reset_first(void) __attribute__((naked, used, section(".init3")));
void reset_first(void) {
    flags = MCUSR;
    MCUSR = 0;
    wdt_disable();
    for (uint8_t *at = &__heap_start; at <= (uint8_t *)RAMEND; at++)
        *at = PAINT;
}

/* Debian's optiboot clears MCUSR before it starts the application: the cause is then known only if it was a command. */
uint8_t reset_cause(void) {
    uint32_t said = reason;
    reason = 0;
    if (flags & _BV(PORF))
        return NODE_RESET_POWER;
    if (flags & _BV(BORF))
        return NODE_RESET_BROWNOUT;
    if (said == BY_COMMAND)
        return NODE_RESET_COMMAND;
    if (flags & _BV(WDRF))
        return NODE_RESET_WATCHDOG;
    return flags & _BV(EXTRF) ? NODE_RESET_EXTERNAL : NODE_RESET_UNKNOWN;
}

void reset_watch(void) {
    wdt_enable(WDTO_500MS);
}

void reset_alive(void) {
    wdt_reset();
}

void reset_now(void) {
    cli();
    reason = BY_COMMAND;
    wdt_enable(WDTO_15MS);
    for (;;)
        ;
}

uint16_t reset_free_stack(void) {
    const uint8_t *at = &__heap_start;
    while (at <= (const uint8_t *)RAMEND && *at == PAINT)
        at++;
    return (uint16_t)(at - &__heap_start);
}
