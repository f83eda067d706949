#include "board.h"

#include <string.h>

#include "node_descriptor.h"

#define BYTES_PER_MS 11520u  /* in thousandths */

static const uint8_t DESCRIPTOR[] = {
    NODE_D_BOARD(4), 'h', 'o', 's', 't',
    NODE_D_FIRMWARE(5), '1', '.', '0', '.', '0',
    NODE_D_HARDWARE(1),
    NODE_D_CLOCK(600),
    NODE_D_STREAM(NODE_STREAM_ECG, NODE_KIND_ECG, 0x12, 250000, 512, 48828, -6),
    NODE_D_STREAM(NODE_STREAM_PPG, NODE_KIND_PPG, 0x23, 100000, 0, 1, 0),
    NODE_D_STREAM(NODE_STREAM_TEMPERATURE, NODE_KIND_TEMPERATURE, 0x12, 200, 0, 1, -2),
    NODE_D_EVENT(NODE_EVENT_CALL), NODE_D_EVENT(NODE_EVENT_EXIT), NODE_D_EVENT(NODE_EVENT_RETURN),
    NODE_D_EVENT(NODE_EVENT_FAULT), NODE_D_EVENT(NODE_EVENT_REPAIRED),
    NODE_D_UPDATE(NODE_UPDATE_NONE, 0),
};

/* ---- HAL ---- */

static uint32_t now_us(void *hw)
{
    const struct board *board = hw;
    int64_t passed = (int64_t)(board->now - board->started);
    return board->clock_start + (uint32_t)(passed + passed * board->ppm / 1000000);
}

static int16_t uart_get(void *hw)
{
    struct board *board = hw;
    if (board->rx_head == board->rx_tail)
        return -1;
    uint8_t byte = board->rx[board->rx_tail];
    board->rx_tail = (uint8_t)((board->rx_tail + 1u) % BOARD_RX_RING);
    return byte;
}

static uint8_t uart_room(void *hw)
{
    const struct board *board = hw;
    return (uint8_t)(board->tx_tail - board->tx_head - 1u);
}

static void uart_put(void *hw, uint8_t byte)
{
    struct board *board = hw;
    board->tx[board->tx_head++] = byte;
}

static uint8_t inputs(void *hw)
{
    return ((const struct board *)hw)->inputs;
}

static bool ecg_get(void *hw, struct node_ecg_sample *sample)
{
    struct board *board = hw;
    if (board->ecg_head == board->ecg_tail)
        return false;
    *sample = board->ecg[board->ecg_tail];
    board->ecg_tail = (uint8_t)((board->ecg_tail + 1u) % BOARD_ECG_RING);
    return true;
}

static uint16_t temperature(void *hw)
{
    return ((const struct board *)hw)->level;
}

static bool nvm_read(void *hw, uint8_t offset, uint8_t *data, uint8_t length)
{
    memcpy(data, ((const struct board *)hw)->nvm + offset, length);
    return true;
}

static bool nvm_write(void *hw, uint8_t offset, const uint8_t *data, uint8_t length)
{
    struct board *board = hw;
    if (!board->nvm_broken)
        memcpy(board->nvm + offset, data, length);
    return true;
}

static uint8_t descriptor(void *hw, uint16_t offset)
{
    (void)hw;
    return DESCRIPTOR[offset];
}

static void led(void *hw, enum node_led state)
{
    struct board *board = hw;
    board->led = (uint8_t)state;
    board->led_changes++;
}

static void health(void *hw, struct node_health *out)
{
    out->rx_overrun = ((const struct board *)hw)->rx_overrun;
    out->free_stack = 1000;
}

static void restart(void *hw, uint8_t mode)
{
    struct board *board = hw;
    board->restarts++;
    board->restart_mode = mode;
}

/* ---- the oximeter's registers ---- */

static void write_register(struct board_oximeter *part, uint8_t at, uint8_t value)
{
    part->reg[at] = value;
    if (at == 0x04)
        part->write = value & 31u;
    if (at == 0x05)
        part->overflow = value & 31u;
    if (at == 0x06) {
        part->read = value & 31u;
        part->count = (uint8_t)(part->write - part->read) & 31u;
    }
}

static uint8_t read_fifo(struct board_oximeter *part, uint8_t byte)
{
    uint8_t value = part->count != 0 ? part->fifo[part->read][byte] : 0;
    if (byte == 5 && part->count != 0) {
        part->read = (part->read + 1u) & 31u;
        part->count--;
        part->overflow = 0;
    }
    return value;
}

static uint8_t read_register(struct board_oximeter *part, uint8_t at)
{
    switch (at) {
    case 0x04: return part->write;
    case 0x05: return part->overflow;
    case 0x06: return part->read;
    case 0xff: return 0x15;
    default: return part->reg[at];
    }
}

static bool i2c_start(void *hw, const struct node_i2c_transfer *transfer)
{
    struct board *board = hw;
    struct board_oximeter *part = &board->oximeter;
    if (part->state == NODE_I2C_BUSY)
        return false;
    if (part->part == BOARD_PART_ABSENT || transfer->address != MAX30102_ADDRESS) {
        part->state = NODE_I2C_FAILED;
        return true;
    }
    part->state = NODE_I2C_BUSY;
    /* 400 kHz, 9 clocks a byte; a stuck bus is given up after 20 ms. */
    part->until = board->now + (part->part == BOARD_PART_STUCK ? 20000u : 23u * (2u + transfer->out_length + transfer->in_length));
    if (part->part == BOARD_PART_STUCK)
        return true;
    part->pointer = transfer->out[0];
    for (uint8_t i = 1; i < transfer->out_length; i++)
        write_register(part, part->pointer++, transfer->out[i]);
    for (uint8_t i = 0; i < transfer->in_length; i++)
        transfer->in[i] = part->pointer == 0x07 ? read_fifo(part, i % 6u) : read_register(part, part->pointer++);
    return true;
}

static enum node_i2c_state i2c_state(void *hw)
{
    struct board *board = hw;
    struct board_oximeter *part = &board->oximeter;
    if (part->state == NODE_I2C_BUSY && board->now >= part->until)
        part->state = part->part == BOARD_PART_STUCK ? NODE_I2C_FAILED : NODE_I2C_DONE;
    return part->state;
}

static void put_counts(uint8_t *at, uint32_t counts)
{
    at[0] = (uint8_t)(0xfcu | counts >> 16); /* the upper bits are undefined */
    at[1] = (uint8_t)(counts >> 8);
    at[2] = (uint8_t)counts;
}

/* Every 10 ms; the curves carry the sample's number, so that a test sees whether one is missing. */
static void oximeter_tick(struct board_oximeter *part)
{
    if ((part->reg[0x09] & 7u) != 3u || part->part != BOARD_PART_WELL)
        return;
    uint32_t base = part->finger ? 100000u : 300u;
    uint32_t number = part->made++;
    if (part->count == 32) {
        part->overflow = part->overflow < 31u ? (uint8_t)(part->overflow + 1u) : 31u;
        return;
    }
    put_counts(part->fifo[part->write], base + number % 1000u);
    put_counts(part->fifo[part->write] + 3, base + 1000u + number % 1000u);
    part->write = (part->write + 1u) & 31u;
    part->count++;
}

/* ---- world ---- */

static void ecg_tick(struct board *board)
{
    uint8_t next = (uint8_t)((board->ecg_head + 1u) % BOARD_ECG_RING);
    uint32_t number = board->ecg_made++;
    if (next == board->ecg_tail) {
        board->ecg_missed++;
        return;
    }
    board->ecg[board->ecg_head] = (struct node_ecg_sample){
        .t_us = now_us(board), .value = (uint16_t)(12u + number % 1000u), .leads = board->leads, .missed = board->ecg_missed};
    board->ecg_missed = 0;
    board->ecg_head = next;
}

static void line_tick(struct board *board)
{
    board->tx_credit += BYTES_PER_MS;
    for (; board->tx_credit >= 1000u; board->tx_credit -= 1000u) {
        if (board->tx_head == board->tx_tail) {
            board->tx_credit = 0;
            break;
        }
        uint8_t byte = board->tx[board->tx_tail++];
        if (board->out_length < BOARD_LINE)
            board->out[board->out_length++] = byte;
        else
            board->out_lost++;
    }
    board->rx_credit += BYTES_PER_MS;
    for (; board->rx_credit >= 1000u; board->rx_credit -= 1000u) {
        if (board->in_head == board->in_tail) {
            board->rx_credit = 0;
            break;
        }
        uint8_t byte = board->in[board->in_tail++ % BOARD_LINE];
        uint8_t next = (uint8_t)((board->rx_head + 1u) % BOARD_RX_RING);
        if (next == board->rx_tail) {
            board->rx_overrun++;
        } else {
            board->rx[board->rx_head] = byte;
            board->rx_head = next;
        }
    }
}

uint32_t board_size(void)
{
    return sizeof(struct board);
}

void board_make(struct board *board, uint8_t features, uint32_t clock_start, int32_t ppm)
{
    board->hal = (struct node_hal){
        board, now_us, uart_get, uart_room, uart_put, inputs, ecg_get, temperature, i2c_start, i2c_state,
        nvm_read, nvm_write, descriptor, led, health, restart};
    board->features = features;
    board->clock_start = clock_start;
    board->ppm = ppm;
    board->level = 7100; /* 21 Cel */
    board->oximeter.finger = true;
    board_set_memory(board, false, true);
}

void board_start(struct board *board, uint8_t cause, bool wipe)
{
    struct node_setup setup = {
        .features = board->features, .reset_cause = cause, .descriptor_length = sizeof DESCRIPTOR, .kept = &board->kept};
    if (wipe)
        memset(&board->kept, 0xa5, sizeof board->kept);
    board->tx_head = board->tx_tail = board->rx_head = board->rx_tail = 0;
    board->ecg_head = board->ecg_tail = board->ecg_missed = 0;
    board->ecg_made = board->oximeter.made = 0;
    board->oximeter.state = NODE_I2C_IDLE;
    board->started = board->now;
    node_init(&board->node, &board->hal, &setup);
}

void board_run(struct board *board, uint32_t ms)
{
    while (ms-- != 0) {
        board->now += 1000u;
        line_tick(board);
        if (board->now % 4000u == 0 && (board->features & NODE_HAS_ECG) != 0)
            ecg_tick(board);
        if (board->now % 10000u == 0)
            oximeter_tick(&board->oximeter);
        if (board->stalled)
            continue;
        while (node_step(&board->node)) {
        }
    }
}

void board_give(struct board *board, const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length && board->in_head - board->in_tail < BOARD_LINE; i++)
        board->in[board->in_head++ % BOARD_LINE] = data[i];
}

uint32_t board_take(struct board *board, uint8_t *data, uint32_t size)
{
    uint32_t length = board->out_length < size ? board->out_length : size;
    memcpy(data, board->out, length);
    board->out_length -= length;
    memmove(board->out, board->out + length, board->out_length);
    return length;
}

void board_set_inputs(struct board *board, uint8_t levels)
{
    board->inputs = levels;
}

void board_set_leads(struct board *board, uint8_t leads)
{
    board->leads = leads;
}

void board_set_level(struct board *board, uint16_t level)
{
    board->level = level;
}

void board_set_oximeter(struct board *board, uint8_t part, bool finger)
{
    board->oximeter.part = (enum board_part)part;
    board->oximeter.finger = finger;
}

void board_set_memory(struct board *board, bool broken, bool erase)
{
    board->nvm_broken = broken;
    if (erase)
        memset(board->nvm, 0xff, sizeof board->nvm);
}

void board_set_stalled(struct board *board, bool stalled)
{
    board->stalled = stalled;
}

uint32_t board_look(const struct board *board, uint8_t what)
{
    const struct node *node = &board->node;
    switch (what) {
    case 0: return node->id;
    case 1: return node->boot;
    case 2: return board->led;
    case 3: return node_queue_length(&node->events);
    case 4: return board->ecg_made;
    case 5: return ecg_ad8232_next(&node->ecg);
    case 6: return max30102_next(&node->oximeter);
    case 7: return node->count.tx_drop;
    case 8: return board->rx_overrun;
    case 9: return node->events.lost;
    case 10: return board->restarts;
    case 11: return board->restart_mode;
    case 12: return node->temperature_index;
    case 13: return node->faults;
    case 14: return node->count.rx_bad_crc;
    case 15: return node->count.rx_bad_frame;
    case 16: return board->oximeter.made;
    case 17: return board->out_lost;
    case 18: return now_us((void *)(uintptr_t)board);
    default: return 0;
    }
}
