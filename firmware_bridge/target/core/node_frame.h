/* Frames: 00 | COBS(header payload CRC-32) | 00. No state but what the caller holds; every buffer is the caller's. */
#ifndef NODE_FRAME_H
#define NODE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "node_protocol.h"

/* CRC-32 of zlib (poly 04C11DB7 reflected, init and xorout FFFFFFFF): of "123456789" CBF43926. */
#define NODE_CRC_START 0xfffffffful
uint32_t node_crc_add(uint32_t crc, uint8_t byte);
/* CRC of `length` bytes, finished. */
uint32_t node_crc(const uint8_t *data, uint16_t length);

/* Little-endian fields. */
void node_put16(uint8_t *at, uint16_t value);
void node_put32(uint8_t *at, uint32_t value);
uint16_t node_get16(const uint8_t *at);
uint32_t node_get32(const uint8_t *at);

/* Bytes on the wire of a body of `length` bytes (its CRC included), both delimiters included. */
uint16_t node_wire_length(uint16_t length);

/* Write header and CRC around the payload that already lies at body + NODE_HEADER; returns the body's length. `body` has room for
 * NODE_HEADER + length + NODE_CRC_BYTES. */
uint8_t node_seal(uint8_t *body, uint8_t type, uint8_t flags, uint16_t seq, uint32_t t_us, uint8_t length);

/* Encode a body and pass the wire's bytes, delimiters included, to `put`. */
void node_encode(const uint8_t *body, uint16_t length, void (*put)(void *context, uint8_t byte), void *context);

enum node_verdict {
    NODE_NOTHING,     /* no frame ended here */
    NODE_FRAME,       /* `length` bytes of header and payload lie in the buffer until the next byte is fed */
    NODE_TOO_LONG,
    NODE_BAD_COBS,
    NODE_TOO_SHORT,
    NODE_BAD_CRC
};

/* Takes any bytes; always in step again at the next delimiter. What comes before the first delimiter is the rest of a frame whose
 * beginning nobody saw: it is passed over and is no error. */
struct node_deframer {
    uint8_t *buffer;
    uint16_t limit;    /* longest encoded frame, delimiters not counted; the buffer has limit - 1 bytes */
    uint16_t encoded;  /* encoded bytes of this frame, limit + 1 at most */
    uint16_t length;   /* decoded bytes */
    uint8_t code;      /* of the running block */
    uint8_t left;      /* bytes that are missing of it */
    bool synced;       /* a delimiter was seen */
};

void node_deframer_init(struct node_deframer *deframer, uint8_t *buffer, uint16_t limit);
enum node_verdict node_deframe(struct node_deframer *deframer, uint8_t byte);

#endif
