/* MAX30102 pulse oximeter: register-level state machine over asynchronous I2C transfers. It never waits.
 *
 * Set up for SpO2 mode, 100 samples a second, 18 bits, range 4096 nA, pulses of 411 us, about 7 mA in both LEDs (registers and their
 * values from memory of the data sheet; the part in the tests is a model of the same registers). The part's FIFO holds 32 samples; it is
 * asked every 50 ms, so a main loop may be late by a quarter of a second without losing one. Roll-over is off: when the FIFO is full the part
 * drops new samples and counts them (OVF_COUNTER, 31 at most, back to 0 when a sample is read); they go into the sample index. A transfer that fails makes the part faulty; it is set up again every second.
 */
#ifndef MAX30102_H
#define MAX30102_H

#include <stdbool.h>
#include <stdint.h>

#include "node_hal.h"

#define MAX30102_ADDRESS 0x57u
#define MAX30102_PART_ID 0x15u
#define MAX30102_HZ 100u
#define MAX30102_BLOCK 10u               /* samples of one block */
#define MAX30102_BYTES 6u                /* of one sample: red, infra-red, 18 bits in 3 bytes each */
#define MAX30102_POLL_MS 50u
#define MAX30102_RETRY_MS 1000u
#define MAX30102_SILENT_POLLS 10u        /* polls without a sample after which the part is called faulty */
#define MAX30102_CONTACT 20000ul         /* infra-red counts below which no finger is on it (our choice) */

struct max30102 {
    uint8_t state;
    uint8_t step;          /* of the set-up */
    uint8_t pending;       /* samples that are in the FIFO and wait to be read */
    uint8_t reading;       /* samples under way */
    uint8_t silent;        /* polls in a row without a sample */
    uint8_t filled;        /* samples in `block` */
    uint8_t overflowed;    /* samples that the part dropped behind those pending */
    bool busy;             /* a transfer is under way */
    bool faulty;
    bool saturated;
    bool contact;
    uint16_t since_ms;
    uint32_t index;        /* of the first sample in `block`; counts those that overflowed too */
    uint32_t first_us;     /* its time */
    uint32_t newest_us;    /* time at which the FIFO's newest sample was seen */
    uint8_t out[2];
    uint8_t in[3];
    uint8_t block[MAX30102_BLOCK * MAX30102_BYTES]; /* as sent: little-endian, red then infra-red */
    struct node_i2c_transfer transfer;
};

enum max30102_news { MAX30102_NONE, MAX30102_READY, MAX30102_FAULT, MAX30102_REPAIRED };

void max30102_init(struct max30102 *part);
/* Go on where possible. READY: a whole block lies in `block` and must be taken (max30102_taken) before the next call. */
enum max30102_news max30102_step(struct max30102 *part, const struct node_hal *hal, uint16_t now_ms, uint32_t now_us);
/* The block was sent or given up. */
void max30102_taken(struct max30102 *part);
/* The block is not wanted (its stream is off): as if its samples had never been taken. */
void max30102_discard(struct max30102 *part);
/* Index of the first sample of the next block to be sent. */
uint32_t max30102_next(const struct max30102 *part);

#endif
