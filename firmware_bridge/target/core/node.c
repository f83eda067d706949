#include "node.h"

#include <stddef.h>

#define RECORD 16u          /* bytes of a memory record: node, boot, format, CRC */
#define RECORD_FORMAT 1u
#define TMP36_ZERO 5000     /* 0.1 mV at 0 Cel; 0.1 mV is 0.01 Cel */
#define TMP36_LOWEST (-4000)
#define TMP36_HIGHEST 12500
#define NO_TEMPERATURE 0xffffu
#define EVENT_PAYLOAD 20u
#define SAMPLES_FIELDS 7u
#define MAX_ACKS 10u

#if NODE_NVM_BYTES < 2 * 16
#error "two records do not fit"
#endif
#if NODE_MAX_PAYLOAD < 67 || NODE_MAX_PAYLOAD < 4 + NODE_PAGE
#error "a block or a page does not fit"
#endif
#if NODE_RESERVE < 35
#error "the reserve must hold an EVENT"
#endif

static uint8_t bit(uint8_t number)
{
    return (uint8_t)(1u << number);
}

/* ---- sending ---- */

static uint8_t *payload(struct node *node)
{
    return node->tx + NODE_HEADER;
}

static bool room(const struct node *node, uint8_t length, uint8_t reserve)
{
    uint16_t wire = node_wire_length((uint16_t)(NODE_HEADER + length + NODE_CRC_BYTES));
    return node->hal->uart_room(node->hal->hw) >= wire + reserve;
}

static void push(struct node *node, uint8_t type, uint8_t flags, uint32_t t_us, uint8_t length)
{
    if (!node->heard)
        flags |= NODE_FLAG_UNHEARD;
    uint8_t size = node_seal(node->tx, type, flags, node->seq++, t_us, length);
    node_encode(node->tx, size, node->hal->uart_put, node->hal->hw);
}

/* Send what lies in payload(), or count it as dropped: its number is used up all the same, so that the host misses it. */
static void send(struct node *node, uint8_t type, uint32_t t_us, uint8_t length)
{
    if (room(node, length, NODE_RESERVE)) {
        push(node, type, 0, t_us, length);
    } else {
        node->seq++;
        node->count.tx_drop++;
    }
}

static void send_hello(struct node *node)
{
    uint8_t *at = payload(node);
    at[0] = NODE_MAJOR;
    at[1] = NODE_MINOR;
    node_put32(at + 2, node->id);
    node_put32(at + 6, node->boot);
    at[10] = node->reset_cause;
    node_put16(at + 11, node->descriptor_length);
    node_put32(at + 13, node->descriptor_crc);
    at[17] = (uint8_t)node->deframer.limit;
    send(node, NODE_M_HELLO, node->last_us, 18);
}

static uint32_t next_index(const struct node *node, uint8_t stream)
{
    if (stream == NODE_STREAM_ECG)
        return ecg_ad8232_next(&node->ecg);
    if (stream == NODE_STREAM_PPG)
        return max30102_next(&node->oximeter);
    return node->temperature_index;
}

static bool has_stream(const struct node *node, uint8_t stream)
{
    return stream >= NODE_STREAM_ECG && stream <= NODE_STREAM_TEMPERATURE && (node->features & bit((uint8_t)(stream - 1u))) != 0;
}

static uint8_t inputs(const struct node *node)
{
    return (uint8_t)((node->call.stable ? NODE_INPUT_CALL : 0u) | (node->mat.stable ? NODE_INPUT_MAT : 0u));
}

static void send_heartbeat(struct node *node)
{
    struct node_health health = {0, UINT16_MAX};
    uint8_t *at = payload(node);
    uint8_t length = 29;
    node->hal->health(node->hal->hw, &health);
    node_put32(at, node->id);
    node_put32(at + 4, node->boot);
    node_put32(at + 8, node->second);
    at[12] = node->reset_cause;
    at[13] = inputs(node);
    at[14] = node->faults;
    at[15] = node_queue_length(&node->events);
    node_put16(at + 16, node->count.tx_drop);
    node_put16(at + 18, health.rx_overrun);
    node_put16(at + 20, node->count.rx_bad_crc);
    node_put16(at + 22, node->count.rx_bad_frame);
    node_put16(at + 24, node->events.lost);
    node_put16(at + 26, health.free_stack);
    at[28] = 0;
    for (uint8_t stream = NODE_STREAM_ECG; stream <= NODE_STREAM_TEMPERATURE; stream++) {
        if (!has_stream(node, stream))
            continue;
        at[28]++;
        at[length] = stream;
        node_put32(at + length + 1u, next_index(node, stream));
        length = (uint8_t)(length + 5u);
    }
    send(node, NODE_M_HEARTBEAT, node->last_us, length);
}

static void send_samples(struct node *node, uint8_t stream, uint8_t format, uint8_t flags, uint32_t t_us, const uint8_t *data, uint8_t size)
{
    uint8_t *at = payload(node);
    at[0] = stream;
    at[1] = format;
    at[2] = flags;
    node_put32(at + 3, next_index(node, stream));
    for (uint8_t i = 0; i < size; i++)
        at[SAMPLES_FIELDS + i] = data[i];
    send(node, NODE_M_SAMPLES, t_us, (uint8_t)(SAMPLES_FIELDS + size));
}

static void send_events(struct node *node)
{
    struct node_event *event;
    while ((event = node_queue_due(&node->events, node->now_ms)) != NULL && room(node, EVENT_PAYLOAD, 0)) {
        uint8_t *at = payload(node);
        node_put32(at, node->id);
        node_put32(at + 4, event->boot);
        node_put32(at + 8, event->id);
        node_put16(at + 12, node_queue_behind(&node->events, event));
        node_put16(at + 14, node_event_age(event, node->second));
        at[16] = event->kind;
        at[17] = event->value;
        node_put16(at + 18, event->count);
        push(node, NODE_M_EVENT, event->sent != 0 ? NODE_FLAG_REPEAT : 0u, event->t_us, EVENT_PAYLOAD);
        node_queue_sent(&node->events, event, node->now_ms);
    }
}

static void add_event(struct node *node, uint8_t kind, uint8_t value, uint32_t t_us)
{
    node_queue_add(&node->events, kind, value, t_us, node->second, node->now_ms);
}

static void set_fault(struct node *node, uint8_t part, bool faulty)
{
    if (((node->faults & bit(part)) != 0) == faulty)
        return;
    node->faults ^= bit(part);
    add_event(node, faulty ? NODE_EVENT_FAULT : NODE_EVENT_REPAIRED, part, node->last_us);
}

/* ---- memory: two records, written in turn ---- */

static bool read_record(struct node *node, uint8_t slot, uint32_t *id, uint32_t *boot)
{
    uint8_t record[RECORD];
    if (!node->hal->nvm_read(node->hal->hw, (uint8_t)(slot * RECORD), record, RECORD))
        return false;
    *id = node_get32(record);
    *boot = node_get32(record + 4);
    return node_get32(record + 8) == RECORD_FORMAT && node_get32(record + 12) == node_crc(record, 12);
}

/* Into the slot that is not in use; it is in use only when it reads back as written. */
static bool write_record(struct node *node)
{
    uint8_t record[RECORD];
    uint8_t slot = node->slot ^ 1u;
    uint32_t id, boot;
    node_put32(record, node->id);
    node_put32(record + 4, node->boot);
    node_put32(record + 8, RECORD_FORMAT);
    node_put32(record + 12, node_crc(record, 12));
    bool ok = node->hal->nvm_write(node->hal->hw, (uint8_t)(slot * RECORD), record, RECORD)
              && read_record(node, slot, &id, &boot) && id == node->id && boot == node->boot;
    if (ok)
        node->slot = slot;
    return ok;
}

/* Returns whether the memory took the number of this start. */
static bool count_boot(struct node *node)
{
    for (uint8_t slot = 0; slot < 2; slot++) {
        uint32_t id, boot;
        /* Two of one start: the later of them was written when the node was named. */
        if (read_record(node, slot, &id, &boot) && (boot > node->boot || (boot == node->boot && id != 0))) {
            node->id = id;
            node->boot = boot;
            node->slot = slot;
        }
    }
    node->boot++;
    return write_record(node);
}

/* ---- commands ---- */

static uint8_t name(struct node *node, uint32_t id)
{
    if (id == 0)
        return NODE_MALFORMED;
    if (node->id != 0)
        return node->id == id ? NODE_OK : NODE_FAILED;
    node->id = id;
    node_queue_name(&node->events, id);
    bool kept = write_record(node);
    set_fault(node, NODE_PART_MEMORY, !kept);
    return kept ? NODE_OK : NODE_FAILED;
}

static void acknowledge(struct node *node, const uint8_t *at, uint8_t length)
{
    bool called = false;
    if (length < 12 || node_get32(at) != node->id)
        return;
    uint32_t boot = node_get32(at + 4);
    uint8_t acks = 0;
    for (uint8_t i = 8; i + 4u <= length && acks < MAX_ACKS; i = (uint8_t)(i + 4u), acks++)
        node_queue_acknowledge(&node->events, boot, node_get32(at + i), node->now_ms, &called);
    if (called) {
        node->call_heard = true;
        node->heard_second = node->second;
    }
}

static void flush_ecg(struct node *node)
{
    if (node->ecg.filled != 0)
        send_samples(node, NODE_STREAM_ECG, 0x12, node->ecg.flags, node->ecg.first_us, node->ecg.block,
                     (uint8_t)(2u * node->ecg.filled));
    ecg_ad8232_taken(&node->ecg);
}

static uint8_t set_stream(struct node *node, uint8_t stream, uint8_t on)
{
    if (!has_stream(node, stream))
        return NODE_UNKNOWN;
    if (on > 1)
        return NODE_MALFORMED;
    if (stream == NODE_STREAM_ECG && on == 0)
        flush_ecg(node);
    if (on != 0)
        node->streams |= bit(stream);
    else
        node->streams &= (uint8_t)~bit(stream);
    return NODE_OK;
}

static uint8_t plan_restart(struct node *node, const uint8_t *at)
{
    if (at[0] > NODE_RESTART_LOADER || node_get32(at + 1) != NODE_RESTART_KEY)
        return NODE_MALFORMED;
    if (at[0] == NODE_RESTART_LOADER && (node->features & NODE_HAS_LOADER) == 0)
        return NODE_FAILED;
    if (node_queue_calling(&node->events))
        return NODE_BUSY;
    node->restart_mode = at[0];
    node->restarting = true;
    node->restart_ms = node->now_ms;
    return NODE_OK;
}

static void send_sync(struct node *node, const uint8_t *at, uint32_t received_us)
{
    uint32_t cookie = node_get32(at);
    uint8_t *out = payload(node);
    node_put32(out, cookie);
    node_put32(out + 4, received_us);
    send(node, NODE_M_SYNC, node->hal->now_us(node->hal->hw), 8);
}

static void send_page(struct node *node, uint16_t offset)
{
    uint8_t *at = payload(node);
    uint8_t length = 4;
    node_put16(at, offset);
    node_put16(at + 2, node->descriptor_length);
    for (; length < 4u + NODE_PAGE && offset < node->descriptor_length; offset++)
        at[length++] = node->hal->descriptor(node->hal->hw, offset);
    send(node, NODE_M_PAGE, node->last_us, length);
}

static uint8_t least_payload(uint8_t type)
{
    switch (type) {
    case NODE_C_HELLO: return 2;
    case NODE_C_SYNC: return 4;
    case NODE_C_ACK: return 12;
    case NODE_C_NAME: return 4;
    case NODE_C_DESCRIBE: return 2;
    case NODE_C_STREAM: return 2;
    case NODE_C_RESTART: return 5;
    case NODE_C_IDENTIFY: return 1;
    default: return 0;
    }
}

/* Commands that are answered by RESULT; the code. */
static uint8_t obey(struct node *node, uint8_t type, const uint8_t *at)
{
    switch (type) {
    case NODE_C_NAME:
        return name(node, node_get32(at));
    case NODE_C_STREAM:
        return set_stream(node, at[0], at[1]);
    case NODE_C_RESTART:
        return plan_restart(node, at);
    case NODE_C_IDENTIFY:
        node->identify_second = node->second + at[0];
        return NODE_OK;
    default:
        return NODE_UNKNOWN;
    }
}

static void answer(struct node *node, uint8_t type, uint16_t seq, const uint8_t *at, uint8_t length, uint32_t received_us)
{
    bool whole = length >= least_payload(type);
    if (type == NODE_C_ACK) {
        acknowledge(node, at, length);
    } else if (type == NODE_C_HELLO && whole) {
        send_hello(node);
    } else if (type == NODE_C_SYNC && whole) {
        send_sync(node, at, received_us);
    } else if (type == NODE_C_DESCRIBE && whole) {
        send_page(node, node_get16(at));
    } else {
        uint8_t code = whole ? obey(node, type, at) : NODE_MALFORMED;
        uint8_t *out = payload(node);
        node_put16(out, seq);
        out[2] = type;
        out[3] = code;
        send(node, NODE_M_RESULT, node->last_us, 4);
        if (type == NODE_C_NAME && whole)
            send_hello(node);
    }
}

static void handle(struct node *node)
{
    const uint8_t *frame = node->rx;
    uint8_t length = (uint8_t)(node->deframer.length - NODE_HEADER);
    uint8_t type = frame[1];
    bool spoken = frame[0] >> 4 == NODE_MAJOR || type == NODE_C_HELLO;
    if ((type & 0x80u) != 0 || !spoken) {
        node->count.rx_bad_frame++;
        return;
    }
    node->heard = true;
    node->host_second = node->second;
    if (node->host_silent)
        node_queue_hurry(&node->events, node->now_ms);
    node->host_silent = false;
    answer(node, type, node_get16(frame + 2), frame + NODE_HEADER, length, node->hal->now_us(node->hal->hw));
}

/* True if there is more to receive. */
static bool receive(struct node *node)
{
    for (uint8_t i = 0; i < NODE_BYTES_PER_STEP; i++) {
        int16_t byte = node->hal->uart_get(node->hal->hw);
        if (byte < 0)
            return false;
        switch (node_deframe(&node->deframer, (uint8_t)byte)) {
        case NODE_NOTHING:
            break;
        case NODE_FRAME:
            handle(node);
            break;
        case NODE_BAD_CRC:
            node->count.rx_bad_crc++;
            break;
        default:
            node->count.rx_bad_frame++;
            break;
        }
    }
    return true;
}

/* ---- what time brings ---- */

static void tick(struct node *node)
{
    uint32_t now = node->hal->now_us(node->hal->hw);
    uint32_t passed = now - node->last_us + node->rest_us;
    node->last_us = now;
    while (passed >= 1000u) {
        passed -= 1000u;
        node->now_ms++;
        if (++node->rest_ms == 1000u) {
            node->rest_ms = 0;
            node->second++;
        }
    }
    node->rest_us = (uint16_t)passed;
}

static bool elapsed(const struct node *node, uint16_t since_ms, uint16_t ms)
{
    return (uint16_t)(node->now_ms - since_ms) >= ms;
}

/* True if the debounced level changed; `edge_us` then says when it began to. */
static bool debounce(const struct node *node, struct node_debounce *input, bool level, uint16_t ms)
{
    if (level == input->stable) {
        input->differs = false;
    } else if (!input->differs) {
        input->differs = true;
        input->edge_us = node->last_us;
        input->edge_ms = node->now_ms;
    } else if (elapsed(node, input->edge_ms, ms)) {
        input->stable = level;
        input->differs = false;
        return true;
    }
    return false;
}

static void look_at_inputs(struct node *node)
{
    uint8_t levels = node->hal->inputs(node->hal->hw);
    if (debounce(node, &node->call, (levels & NODE_INPUT_CALL) != 0, NODE_DEBOUNCE_CALL_MS) && node->call.stable)
        add_event(node, NODE_EVENT_CALL, 0, node->call.edge_us);
    if (debounce(node, &node->mat, (levels & NODE_INPUT_MAT) != 0, NODE_DEBOUNCE_MAT_MS))
        add_event(node, node->mat.stable ? NODE_EVENT_RETURN : NODE_EVENT_EXIT, 0, node->mat.edge_us);
}

/* True if there may be more. */
static bool sample_ecg(struct node *node)
{
    struct node_ecg_sample sample;
    for (uint8_t i = 0; i < NODE_SAMPLES_PER_STEP; i++) {
        if (!node->hal->ecg_get(node->hal->hw, &sample))
            return false;
        if ((node->streams & bit(NODE_STREAM_ECG)) == 0)
            continue;
        if (ecg_ad8232_ends(&node->ecg, &sample))
            flush_ecg(node);
        if (ecg_ad8232_add(&node->ecg, &sample))
            flush_ecg(node);
    }
    return true;
}

static void sample_oximeter(struct node *node)
{
    struct max30102 *part = &node->oximeter;
    enum max30102_news news = max30102_step(part, node->hal, node->now_ms, node->last_us);
    if (news == MAX30102_FAULT || news == MAX30102_REPAIRED)
        set_fault(node, NODE_PART_OXIMETER, news == MAX30102_FAULT);
    if (news != MAX30102_READY)
        return;
    if ((node->streams & bit(NODE_STREAM_PPG)) == 0) {
        max30102_discard(part);
        return;
    }
    uint8_t flags = (uint8_t)((part->contact ? 0u : NODE_SAMPLES_NO_CONTACT) | (part->saturated ? NODE_SAMPLES_SATURATED : 0u));
    send_samples(node, NODE_STREAM_PPG, 0x23, flags, part->first_us, part->block, (uint8_t)(part->filled * MAX30102_BYTES));
    max30102_taken(part);
}

static void sample_temperature(struct node *node)
{
    uint8_t data[2];
    if (!elapsed(node, node->temperature_ms, NODE_TEMPERATURE_MS))
        return;
    node->temperature_ms = node->now_ms;
    uint16_t level = node->hal->temperature(node->hal->hw);
    if (level == NO_TEMPERATURE)
        return;
    int32_t value = (int32_t)level - TMP36_ZERO;
    bool faulty = value < TMP36_LOWEST || value > TMP36_HIGHEST;
    set_fault(node, NODE_PART_TEMPERATURE, faulty);
    if (faulty || (node->streams & bit(NODE_STREAM_TEMPERATURE)) == 0)
        return;
    node_put16(data, (uint16_t)value);
    send_samples(node, NODE_STREAM_TEMPERATURE, 0x12, 0, node->last_us, data, 2);
    node->temperature_index++;
}

static void sample(struct node *node)
{
    if ((node->features & NODE_HAS_OXIMETER) != 0)
        sample_oximeter(node);
    if ((node->features & NODE_HAS_TEMPERATURE) != 0)
        sample_temperature(node);
}

static void watch_host(struct node *node)
{
    if (node->second - node->host_second > NODE_HOST_SILENT_MS / 1000u)
        node->host_silent = true;
    if (node->second - node->heard_second >= NODE_HEARD_MS / 1000u)
        node->call_heard = false;
}

static enum node_led lamp(const struct node *node)
{
    if ((int32_t)(node->identify_second - node->second) > 0)
        return NODE_LED_IDENTIFY;
    if (node_queue_calling(&node->events))
        return NODE_LED_CALLING;
    if (node->call_heard)
        return NODE_LED_HEARD;
    return node->second - node->host_second > NODE_NO_HOST_MS / 1000u ? NODE_LED_NO_HOST : NODE_LED_OFF;
}

static void show(struct node *node)
{
    enum node_led led = lamp(node);
    if (led != (enum node_led)node->led) {
        node->led = (uint8_t)led;
        node->hal->led(node->hal->hw, led);
    }
}

static void pass_time(struct node *node)
{
    if (elapsed(node, node->heartbeat_ms, NODE_HEARTBEAT_MS)) {
        node->heartbeat_ms = (uint16_t)(node->heartbeat_ms + NODE_HEARTBEAT_MS);
        send_heartbeat(node);
    }
    watch_host(node);
    show(node);
    if (node->restarting && elapsed(node, node->restart_ms, NODE_RESTART_DELAY_MS)) {
        node->restarting = false;
        node->hal->restart(node->hal->hw, node->restart_mode);
    }
}

void node_init(struct node *node, const struct node_hal *hal, const struct node_setup *setup)
{
    uint32_t crc = NODE_CRC_START;
    *node = (struct node){0};
    node->hal = hal;
    node->features = setup->features;
    node->reset_cause = setup->reset_cause;
    node->descriptor_length = setup->descriptor_length;
    for (uint16_t i = 0; i < setup->descriptor_length; i++)
        crc = node_crc_add(crc, hal->descriptor(hal->hw, i));
    node->descriptor_crc = ~crc & 0xfffffffful;
    node->streams = bit(NODE_STREAM_ECG) | bit(NODE_STREAM_PPG) | bit(NODE_STREAM_TEMPERATURE);
    node->last_us = hal->now_us(hal->hw);
    node_deframer_init(&node->deframer, node->rx, sizeof node->rx + 1u);
    max30102_init(&node->oximeter);
    ecg_ad8232_init(&node->ecg);
    node->mat.stable = (hal->inputs(hal->hw) & NODE_INPUT_MAT) != 0;
    bool counted = count_boot(node);
    if (!counted)
        node->id = 0;  /* this number may come again: what it names must not */
    node_queue_init(&node->events, setup->kept, node->id, node->boot);
    set_fault(node, NODE_PART_MEMORY, !counted);
    hal->led(hal->hw, NODE_LED_OFF);
    hal->uart_put(hal->hw, 0);
    send_hello(node);
}

bool node_step(struct node *node)
{
    tick(node);
    bool more = receive(node);
    look_at_inputs(node);
    send_events(node);
    if ((node->features & NODE_HAS_ECG) != 0 && sample_ecg(node))
        more = true;
    sample(node);
    pass_time(node);
    return more;
}
