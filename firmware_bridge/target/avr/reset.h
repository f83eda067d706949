/* Why the node starts, how it starts anew, and the watchdog. */
#ifndef RESET_H
#define RESET_H

#include <stdint.h>

/* Cause of the last reset, NODE_RESET_*. Call once, first. */
uint8_t reset_cause(void);
void reset_watch(void);
void reset_alive(void);
/* Start the application anew. Does not return. */
void reset_now(void) __attribute__((noreturn));
/* Bytes of RAM that the stack has never reached. */
uint16_t reset_free_stack(void);

#endif
