#include "max30102.h"

#include "node_frame.h"

#define FIFO_WRITE 0x04u   /* then OVF_COUNTER and FIFO_READ */
#define FIFO_DATA 0x07u
#define PART_ID 0xffu
#define FIFO_DEPTH 32u
#define SAMPLE_US ((uint32_t)(1000000ul / MAX30102_HZ))
#define COUNTS 0x3fffful   /* 18 bits */

enum { WAITING, SETTING_UP, IDLE, POINTERS, READING };

/* Written in this order after the part's identity was read; the FIFO's pointers come last. One value for each register. */
#define SETTINGS 10u

static uint16_t setting(uint8_t step)
{
    switch (step) {
    case 0: return 0x0200u;              /* no interrupts */
    case 1: return 0x0300u;
    case 2: return 0x0800u;              /* no averaging, no roll-over */
    case 3: return 0x0a27u;              /* 4096 nA, 100 samples a second, 411 us: 18 bits */
    case 4: return 0x0c24u;              /* red, 7 mA */
    case 5: return 0x0d24u;              /* infra-red, 7 mA */
    case 6: return 0x0903u;              /* SpO2 mode */
    case 7: return FIFO_WRITE << 8;
    case 8: return (FIFO_WRITE + 1u) << 8;
    default: return (FIFO_WRITE + 2u) << 8;
    }
}

void max30102_init(struct max30102 *part)
{
    *part = (struct max30102){0};
    part->state = SETTING_UP;
    part->contact = true;
}

static bool start(struct max30102 *part, const struct node_hal *hal, uint8_t out_length, uint8_t *in, uint8_t in_length)
{
    part->transfer.address = MAX30102_ADDRESS;
    part->transfer.out = part->out;
    part->transfer.out_length = out_length;
    part->transfer.in = in;
    part->transfer.in_length = in_length;
    part->busy = hal->i2c_start(hal->hw, &part->transfer);
    return part->busy;
}

static enum max30102_news failed(struct max30102 *part, uint16_t now_ms)
{
    bool known = part->faulty;
    part->index += part->filled;  /* they were taken, and will not be sent */
    part->filled = 0;
    part->pending = 0;
    part->overflowed = 0;
    part->faulty = true;
    part->state = WAITING;
    part->since_ms = now_ms;
    return known ? MAX30102_NONE : MAX30102_FAULT;
}

static void rest(struct max30102 *part, uint16_t now_ms)
{
    part->state = IDLE;
    part->since_ms = now_ms;
}

/* Begin what the state asks for. */
static void begin(struct max30102 *part, const struct node_hal *hal, uint16_t now_ms)
{
    uint16_t waited = (uint16_t)(now_ms - part->since_ms);
    if (part->state == WAITING && waited >= MAX30102_RETRY_MS) {
        part->state = SETTING_UP;
        part->step = 0;
        part->silent = 0;
    }
    if (part->state == IDLE && waited >= MAX30102_POLL_MS)
        part->state = POINTERS;
    if (part->state == SETTING_UP && part->step == 0) {
        part->out[0] = PART_ID;
        start(part, hal, 1, part->in, 1);
    } else if (part->state == SETTING_UP) {
        uint16_t value = setting((uint8_t)(part->step - 1u));
        part->out[0] = (uint8_t)(value >> 8);
        part->out[1] = (uint8_t)value;
        start(part, hal, 2, part->in, 0);
    } else if (part->state == POINTERS) {
        part->out[0] = FIFO_WRITE;
        start(part, hal, 1, part->in, 3);
    } else if (part->state == READING) {
        uint8_t room = (uint8_t)(MAX30102_BLOCK - part->filled);
        part->reading = part->pending < room ? part->pending : room;
        part->out[0] = FIFO_DATA;
        start(part, hal, 1, part->block + part->filled * MAX30102_BYTES, (uint8_t)(part->reading * MAX30102_BYTES));
    }
}

static enum max30102_news setup_done(struct max30102 *part, uint16_t now_ms)
{
    if (part->step == 0 && part->in[0] != MAX30102_PART_ID)
        return failed(part, now_ms);
    if (part->step++ == SETTINGS)
        rest(part, now_ms);
    return MAX30102_NONE;
}

static enum max30102_news pointers_done(struct max30102 *part, uint16_t now_ms, uint32_t now_us)
{
    uint8_t dropped = part->in[1] & 31u;
    part->pending = (uint8_t)(part->in[0] - part->in[2]) & 31u;
    if (part->pending == 0 && dropped != 0)
        part->pending = FIFO_DEPTH;
    if (part->pending == 0) {
        if (++part->silent >= MAX30102_SILENT_POLLS)
            return failed(part, now_ms);
        rest(part, now_ms);
        return MAX30102_NONE;
    }
    part->silent = 0;
    part->overflowed = dropped;
    part->newest_us = now_us - dropped * SAMPLE_US;
    part->state = READING;
    if (!part->faulty)
        return MAX30102_NONE;
    part->faulty = false;
    return MAX30102_REPAIRED;
}

/* The part says 3 bytes, highest first, upper 6 bits undefined; returns the counts and leaves them little-endian. */
static uint32_t turn(uint8_t *at)
{
    uint32_t counts = ((uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2]) & COUNTS;
    node_put16(at, (uint16_t)counts);
    at[2] = (uint8_t)(counts >> 16);
    return counts;
}

static enum max30102_news reading_done(struct max30102 *part, uint16_t now_ms)
{
    uint8_t *at = part->block + part->filled * MAX30102_BYTES;
    if (part->filled == 0) {
        part->first_us = part->newest_us - (part->pending - 1u) * SAMPLE_US;
        part->contact = true;
        part->saturated = false;
    }
    for (uint8_t i = 0; i < part->reading; i++, at += MAX30102_BYTES) {
        uint32_t red = turn(at);
        uint32_t infrared = turn(at + 3);
        part->contact = part->contact && infrared >= MAX30102_CONTACT;
        part->saturated = part->saturated || red == COUNTS || infrared == COUNTS;
    }
    part->filled = (uint8_t)(part->filled + part->reading);
    part->pending = (uint8_t)(part->pending - part->reading);
    if (part->pending == 0)
        rest(part, now_ms);
    /* What the part dropped comes behind what it kept: the block ends here, so that it has no hole. */
    bool ends = part->filled == MAX30102_BLOCK || (part->pending == 0 && part->overflowed != 0);
    return ends ? MAX30102_READY : MAX30102_NONE;
}

enum max30102_news max30102_step(struct max30102 *part, const struct node_hal *hal, uint16_t now_ms, uint32_t now_us)
{
    if (!part->busy) {
        begin(part, hal, now_ms);
        return MAX30102_NONE;
    }
    enum node_i2c_state state = hal->i2c_state(hal->hw);
    if (state == NODE_I2C_BUSY)
        return MAX30102_NONE;
    part->busy = false;
    if (state != NODE_I2C_DONE)
        return failed(part, now_ms);
    if (part->state == SETTING_UP)
        return setup_done(part, now_ms);
    if (part->state == POINTERS)
        return pointers_done(part, now_ms, now_us);
    return reading_done(part, now_ms);
}

void max30102_discard(struct max30102 *part)
{
    part->filled = 0;
    if (part->pending == 0)
        part->overflowed = 0;
}

void max30102_taken(struct max30102 *part)
{
    part->index += part->filled;
    if (part->pending == 0)
        part->index += part->overflowed;
    max30102_discard(part);
}

uint32_t max30102_next(const struct max30102 *part)
{
    return part->index;
}
