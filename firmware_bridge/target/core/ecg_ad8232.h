/* AD8232 ECG front end: blocks of converter samples with lead-off flags.
 *
 * The part raises LO+ or LO- at once when an electrode is off, and its amplifier needs some time to settle once it is back on. Samples are
 * therefore called without contact while a pin is high and for AD8232_SETTLE samples afterwards; they are sent all the same. A block carries the
 * doubts of its worst sample.
 */
#ifndef ECG_AD8232_H
#define ECG_AD8232_H

#include <stdbool.h>
#include <stdint.h>

#include "node_hal.h"

#define AD8232_BLOCK 25u           /* samples: a tenth of a second */
#define AD8232_SETTLE 125u         /* samples: half a second (our choice) */
#define AD8232_RAIL_LOW 4u         /* counts of a 10-bit converter that mean the amplifier is at its limit */
#define AD8232_RAIL_HIGH 1019u

struct ecg_ad8232 {
    uint8_t filled;
    uint8_t flags;       /* NODE_SAMPLES_*, of this block */
    uint8_t settling;    /* samples without contact still to come */
    uint32_t index;      /* of the first sample in `block` */
    uint32_t first_us;
    uint8_t block[AD8232_BLOCK * 2u]; /* as sent: little-endian */
};

void ecg_ad8232_init(struct ecg_ad8232 *ecg);
/* Whether what was gathered must go first: samples were missed in between, and a block has no holes. */
bool ecg_ad8232_ends(const struct ecg_ad8232 *ecg, const struct node_ecg_sample *sample);
/* Take one sample; true if the block is full. */
bool ecg_ad8232_add(struct ecg_ad8232 *ecg, const struct node_ecg_sample *sample);
/* The block was sent or given up: call it whenever _ends or _add returned true. */
void ecg_ad8232_taken(struct ecg_ad8232 *ecg);
/* Index of the first sample of the next block to be sent. */
uint32_t ecg_ad8232_next(const struct ecg_ad8232 *ecg);

#endif
