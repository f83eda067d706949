#include "uart.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#include "board.h"

#if UART_RECEIVE & (UART_RECEIVE - 1u) || UART_SEND != 256u
#error "the rings' indices wrap by masks"
#endif

static volatile struct {
    uint8_t received[UART_RECEIVE];
    uint8_t receive_head, receive_tail;
    uint8_t send[UART_SEND];
    uint8_t send_head, send_tail;
    uint16_t overruns;
} line;

ISR(USART_RX_vect) {
    uint8_t status = UCSR0A, byte = UDR0;
    uint8_t next = (line.receive_head + 1u) & (UART_RECEIVE - 1u);
    if (status & _BV(DOR0))
        line.overruns++;
    /* A byte with a framing error is kept: the frame's CRC says whether it is right. */
    if (next == line.receive_tail) {
        line.overruns++;
    } else {
        line.received[line.receive_head] = byte;
        line.receive_head = next;
    }
    WAKE = 1;
}

ISR(USART_UDRE_vect) {
    uint8_t tail = line.send_tail;
    UDR0 = line.send[tail];
    tail++;
    line.send_tail = tail;
    if (tail == line.send_head)
        UCSR0B &= (uint8_t)~_BV(UDRIE0);
}

void uart_start(void) {
    UCSR0A = _BV(U2X0); /* before the divider: simavr works out its speed when that is written */
    UBRR0 = BAUD_DIVIDER;
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

int16_t uart_get(void) {
    uint8_t tail = line.receive_tail;
    if (tail == line.receive_head)
        return -1;
    uint8_t byte = line.received[tail];
    line.receive_tail = (tail + 1u) & (UART_RECEIVE - 1u);
    return byte;
}

uint8_t uart_room(void) {
    return (uint8_t)(line.send_tail - line.send_head - 1u);
}

void uart_put(uint8_t byte) {
    uint8_t head = line.send_head;
    line.send[head] = byte;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        line.send_head = head + 1u;
        UCSR0B |= _BV(UDRIE0);
    }
}

uint16_t uart_overruns(void) {
    uint16_t overruns;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        overruns = line.overruns;
    }
    return overruns;
}
