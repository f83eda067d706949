/* The line: rings of bytes between interrupts and the main loop. Nothing waits. */
#ifndef UART_H
#define UART_H

#include <stdint.h>

#define UART_RECEIVE 128u /* 11 ms of a host that never pauses */
#define UART_SEND 256u    /* indices wrap by themselves */

void uart_start(void);
/* Next byte, or -1. */
int16_t uart_get(void);
/* Bytes that uart_put would take. */
uint8_t uart_room(void);
/* Queue one; the caller has looked that there is room. */
void uart_put(uint8_t byte);
/* Received bytes that were lost: in the UART or because the ring was full. */
uint16_t uart_overruns(void);

#endif
