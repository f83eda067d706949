#include "node_frame.h"

#define COBS_LONGEST 254u  /* bytes of a block without a zero */

uint32_t node_crc_add(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    for (uint8_t bit = 0; bit < 8; bit++)
        crc = (crc & 1u) ? (crc >> 1) ^ 0xedb88320ul : crc >> 1;
    return crc;
}

uint32_t node_crc(const uint8_t *data, uint16_t length)
{
    uint32_t crc = NODE_CRC_START;
    while (length--)
        crc = node_crc_add(crc, *data++);
    return ~crc & 0xfffffffful;
}

void node_put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

void node_put32(uint8_t *at, uint32_t value)
{
    node_put16(at, (uint16_t)value);
    node_put16(at + 2, (uint16_t)(value >> 16));
}

uint16_t node_get16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (uint16_t)(at[1] << 8));
}

uint32_t node_get32(const uint8_t *at)
{
    return node_get16(at) | (uint32_t)node_get16(at + 2) << 16;
}

uint16_t node_wire_length(uint16_t length)
{
    /* One code byte for every started run of 254, and the two delimiters; an upper bound when there are zeros. */
    return (uint16_t)(length + length / COBS_LONGEST + 3u);
}

uint8_t node_seal(uint8_t *body, uint8_t type, uint8_t flags, uint16_t seq, uint32_t t_us, uint8_t length)
{
    body[0] = (uint8_t)(NODE_MAJOR << 4 | flags);
    body[1] = type;
    node_put16(body + 2, seq);
    node_put32(body + 4, t_us);
    length = (uint8_t)(length + NODE_HEADER);
    node_put32(body + length, node_crc(body, length));
    return (uint8_t)(length + NODE_CRC_BYTES);
}

void node_encode(const uint8_t *body, uint16_t length, void (*put)(void *context, uint8_t byte), void *context)
{
    const uint8_t *end = body + length;
    bool more = true;
    put(context, 0);
    while (more) {
        const uint8_t *run = body;
        while (run < end && *run != 0 && run - body < (int)COBS_LONGEST)
            run++;
        uint8_t count = (uint8_t)(run - body);
        put(context, (uint8_t)(count + 1u));
        while (body < run)
            put(context, *body++);
        /* A zero that ends a run is not sent; it is followed by another run, be it empty. A full run at the very end is not. */
        if (count < COBS_LONGEST && body < end) {
            body++;
        } else {
            more = body < end;
        }
    }
    put(context, 0);
}

void node_deframer_init(struct node_deframer *deframer, uint8_t *buffer, uint16_t limit)
{
    *deframer = (struct node_deframer){0};
    deframer->buffer = buffer;
    deframer->limit = limit;
}

static enum node_verdict judge(const struct node_deframer *deframer)
{
    if (deframer->encoded == 0)
        return NODE_NOTHING;
    if (deframer->encoded > deframer->limit)
        return NODE_TOO_LONG;
    if (deframer->left != 0)
        return NODE_BAD_COBS;
    if (deframer->length < NODE_HEADER + NODE_CRC_BYTES)
        return NODE_TOO_SHORT;
    uint16_t covered = (uint16_t)(deframer->length - NODE_CRC_BYTES);
    if (node_crc(deframer->buffer, covered) != node_get32(deframer->buffer + covered))
        return NODE_BAD_CRC;
    return NODE_FRAME;
}

static enum node_verdict delimited(struct node_deframer *deframer)
{
    enum node_verdict verdict = judge(deframer);
    if (!deframer->synced && verdict != NODE_FRAME)
        verdict = NODE_NOTHING;
    deframer->synced = true;
    deframer->encoded = 0;
    deframer->code = 0;
    deframer->left = 0;
    if (verdict == NODE_FRAME)
        deframer->length = (uint16_t)(deframer->length - NODE_CRC_BYTES);
    return verdict;
}

enum node_verdict node_deframe(struct node_deframer *deframer, uint8_t byte)
{
    if (byte == 0)
        return delimited(deframer);
    if (deframer->encoded == 0)
        deframer->length = 0;
    if (deframer->encoded <= deframer->limit)
        deframer->encoded++;
    if (deframer->encoded > deframer->limit)
        return NODE_NOTHING;
    if (deframer->left != 0) {
        deframer->buffer[deframer->length++] = byte;
        deframer->left--;
        return NODE_NOTHING;
    }
    if (deframer->code != 0 && deframer->code != COBS_LONGEST + 1u)
        deframer->buffer[deframer->length++] = 0;
    deframer->code = byte;
    deframer->left = (uint8_t)(byte - 1u);
    return NODE_NOTHING;
}
