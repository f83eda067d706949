/* The core's codec as a filter, to be compared with another:
 *     codec decode LIMIT   bytes on stdin; a line for each verdict: `frame HEX` (header and payload), `too_long`, `bad_cobs` ...
 *     codec encode         lines `TYPE FLAGS SEQ T_US HEX` on stdin (HEX: `-` if empty); the wire's bytes in hex, one line each
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node_frame.h"

static const char *const NAMES[] = {"", "frame", "too_long", "bad_cobs", "too_short", "bad_crc"};

static void print_hex(const uint8_t *data, uint16_t length)
{
    for (uint16_t i = 0; i < length; i++)
        printf("%02x", (unsigned)data[i]);
    printf("\n");
}

static int decode(uint16_t limit)
{
    /* As small as it may be, so that the sanitizer sees a byte too many. */
    uint8_t *buffer = malloc(limit - 1u);
    struct node_deframer deframer;
    int byte;
    if (buffer == NULL)
        return 1;
    node_deframer_init(&deframer, buffer, limit);
    while ((byte = getchar()) != EOF) {
        enum node_verdict verdict = node_deframe(&deframer, (uint8_t)byte);
        if (verdict == NODE_FRAME) {
            printf("frame ");
            print_hex(buffer, deframer.length);
        } else if (verdict != NODE_NOTHING) {
            printf("%s\n", NAMES[verdict]);
        }
    }
    free(buffer);
    return 0;
}

static void put(void *context, uint8_t byte)
{
    printf("%02x", (unsigned)byte);
    (*(uint16_t *)context)++;
}

static int encode(void)
{
    static char line[1024];
    static char digits[512];
    unsigned type, flags, seq, value;
    uint32_t t_us;
    while (fgets(line, sizeof line, stdin) != NULL) {
        uint8_t *body = malloc(256);
        uint16_t written = 0;
        uint8_t length = 0;
        if (body == NULL || sscanf(line, "%u %u %u %" SCNu32 " %511s", &type, &flags, &seq, &t_us, digits) != 5)
            return 1;
        for (const char *at = digits; sscanf(at, "%2x", &value) == 1 && length < 240; at += 2)
            body[NODE_HEADER + length++] = (uint8_t)value;
        uint8_t size = node_seal(body, (uint8_t)type, (uint8_t)flags, (uint16_t)seq, t_us, length);
        node_encode(body, size, put, &written);
        printf("\n");
        free(body);
        if (written > node_wire_length(size))
            return 2;
    }
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "decode") == 0)
        return decode((uint16_t)atoi(arguments[2]));
    if (count == 2 && strcmp(arguments[1], "encode") == 0)
        return encode();
    fprintf(stderr, "usage: codec decode LIMIT | codec encode\n");
    return 64;
}
