/* What runs before main, and the vector table of a Cortex-M0. */
#include <stdint.h>

extern uint32_t bss_start, bss_end, noinit_end, stack_top;

int main(void);
void reset(void) __attribute__((noreturn));
void uart_interrupt(void);
void timer_interrupt(void);

#define PAINT 0xc5c5c5c5u

/* A fault: nothing is known any more; the watchdog starts the node anew. */
static void stand_still(void) {
    for (;;)
        ;
}

void reset(void) {
    for (uint32_t *at = &bss_start; at < &bss_end; at++)
        *at = 0;
    uint32_t *stack;
    __asm__("mov %0, sp" : "=r"(stack));
    for (uint32_t *at = &noinit_end; at < stack; at++)
        *at = PAINT;
    main();
    stand_still();
    for (;;)
        ;
}

__attribute__((section(".vectors"), used)) static void (*const vectors[48])(void) = {
    [0] = (void (*)(void))&stack_top,
    [1] = reset,
    [2] = stand_still,
    [3] = stand_still,
    [11] = stand_still,
    [14] = stand_still,
    [15] = stand_still,
    [16 + 2] = uart_interrupt,
    [16 + 8] = timer_interrupt,
};
