/* Tests of the core on this machine, meant to be built with the address and undefined-behaviour sanitizers:
 *     test_core [SEED [ROUNDS]]
 * Prints what it tests; the first failure ends it with status 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                          \
        }                                                                     \
    } while (0)

#define ALL (NODE_HAS_ECG | NODE_HAS_OXIMETER | NODE_HAS_TEMPERATURE | NODE_HAS_LOADER)

static uint32_t state = 1;

static uint32_t any(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

/* ---- queue ---- */

struct fixture {
    struct node_events kept;
    struct node_queue queue;
    bool called;
};

static void fresh(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    fixture->kept.check = 1;
    node_queue_init(&fixture->queue, &fixture->kept, 7, 1);
    CHECK(node_queue_length(&fixture->queue) == 0);
}

static void add(struct fixture *fixture, uint8_t kind)
{
    node_queue_add(&fixture->queue, kind, 0, 0, 0, 0);
}

static const struct node_event *find(const struct fixture *fixture, uint32_t id)
{
    for (uint8_t i = 0; i < NODE_EVENTS; i++)
        if (fixture->kept.entry[i].id == id)
            return &fixture->kept.entry[i];
    return NULL;
}

static bool acknowledge(struct fixture *fixture, uint32_t id)
{
    fixture->called = false;
    return node_queue_acknowledge(&fixture->queue, 1, id, 0, &fixture->called);
}

static void others_leave_room_for_calls(void)
{
    struct fixture f;
    fresh(&f);
    for (uint8_t i = 0; i < 6; i++)
        add(&f, NODE_EVENT_EXIT);
    CHECK(node_queue_length(&f.queue) == NODE_OTHERS);
    CHECK(f.queue.lost == 2);
    CHECK(find(&f, 1) == NULL && find(&f, 2) == NULL && find(&f, 3) != NULL);
    for (uint8_t i = 0; i < 4; i++)
        add(&f, NODE_EVENT_CALL);
    CHECK(node_queue_length(&f.queue) == NODE_EVENTS);
    CHECK(f.queue.lost == 2);
}

static void a_call_takes_the_place_of_another_event(void)
{
    struct fixture f;
    fresh(&f);
    for (uint8_t i = 0; i < 4; i++)
        add(&f, NODE_EVENT_EXIT);
    for (uint8_t i = 0; i < 8; i++)
        add(&f, NODE_EVENT_CALL);
    CHECK(f.queue.lost == 4);
    CHECK(f.kept.pressed == 0);
    for (uint32_t id = 5; id <= 12; id++)
        CHECK(find(&f, id) != NULL && find(&f, id)->kind == NODE_EVENT_CALL);
    add(&f, NODE_EVENT_EXIT);
    CHECK(f.queue.lost == 5 && node_queue_length(&f.queue) == NODE_EVENTS);
}

static void no_press_is_lost_when_calls_fill_the_queue(void)
{
    struct fixture f;
    uint32_t presses = 0;
    fresh(&f);
    for (uint8_t i = 0; i < 20; i++)
        add(&f, NODE_EVENT_CALL);
    CHECK(node_queue_length(&f.queue) == NODE_EVENTS + 1u);
    CHECK(f.kept.pressed == 12 && f.queue.lost == 0);
    CHECK(acknowledge(&f, 3) && f.called);
    CHECK(!acknowledge(&f, 3));
    CHECK(f.kept.pressed == 0);
    for (uint8_t i = 0; i < NODE_EVENTS; i++)
        presses += f.kept.entry[i].count;
    CHECK(presses == 19);
    CHECK(find(&f, 9) != NULL && find(&f, 9)->count == 12 && find(&f, 9)->sent == 0);
}

static void repetitions_slow_down(void)
{
    struct fixture f;
    uint16_t sent = 0;
    fresh(&f);
    add(&f, NODE_EVENT_CALL);
    for (uint32_t ms = 0; ms < 70000; ms++) {
        struct node_event *event = node_queue_due(&f.queue, (uint16_t)ms);
        if (event == NULL)
            continue;
        node_queue_sent(&f.queue, event, (uint16_t)ms);
        sent++;
        if (ms < 1000)
            CHECK(ms % NODE_RESEND_MS == 0);
    }
    CHECK(sent == 11 + 68); /* at 0, 0.1 ... 1.0 s, then at 2 ... 69 s */
    node_queue_hurry(&f.queue, 5000);
    CHECK(node_queue_due(&f.queue, 5000) != NULL);
}

static void the_oldest_goes_first(void)
{
    struct fixture f;
    fresh(&f);
    add(&f, NODE_EVENT_EXIT);
    add(&f, NODE_EVENT_CALL);
    add(&f, NODE_EVENT_CALL);
    struct node_event *event = node_queue_due(&f.queue, 0);
    CHECK(event != NULL && event->id == 1 && node_queue_behind(&f.queue, event) == 0);
    CHECK(node_queue_behind(&f.queue, find(&f, 3)) == 2);
    CHECK(acknowledge(&f, 1) && !f.called);
    CHECK(node_queue_behind(&f.queue, find(&f, 3)) == 1);
    CHECK(!acknowledge(&f, 0));
    CHECK(!node_queue_acknowledge(&f.queue, 2, 3, 0, &f.called));
}

static void a_reset_keeps_what_waits(void)
{
    struct fixture f;
    fresh(&f);
    add(&f, NODE_EVENT_CALL);
    add(&f, NODE_EVENT_CALL);
    CHECK(acknowledge(&f, 1));
    node_queue_init(&f.queue, &f.kept, 7, 2);
    CHECK(node_queue_length(&f.queue) == 1);
    CHECK(find(&f, 2)->boot == 1 && find(&f, 2)->old == 1);
    CHECK(node_event_age(find(&f, 2), 100) == NODE_AGE_UNKNOWN);
    add(&f, NODE_EVENT_CALL);
    struct node_event *event = node_queue_due(&f.queue, 0);
    CHECK(event != NULL && event->boot == 1);
    /* A number that may have been given before is not used again. */
    node_queue_init(&f.queue, &f.kept, 7, 2);
    for (uint8_t i = 0; i < NODE_EVENTS; i++)
        CHECK(f.kept.entry[i].id == 0 || f.kept.entry[i].boot == 2);
    node_queue_init(&f.queue, &f.kept, 8, 9);
    CHECK(node_queue_length(&f.queue) == 2);
    for (uint8_t i = 0; i < NODE_EVENTS; i++)
        CHECK(f.kept.entry[i].id == 0 || f.kept.entry[i].boot == 9);
    /* Presses that wait for an entry are kept as well. */
    for (uint8_t i = 0; i < 9; i++)
        add(&f, NODE_EVENT_CALL);
    CHECK(f.kept.pressed == 3);
    node_queue_init(&f.queue, &f.kept, 8, 10);
    CHECK(node_queue_length(&f.queue) == NODE_EVENTS + 1u && f.kept.pressed_old == 1);
    CHECK(node_queue_acknowledge(&f.queue, 9, 1, 0, &f.called));
    CHECK(find(&f, 1) != NULL && find(&f, 1)->boot == 10 && find(&f, 1)->count == 3 && find(&f, 1)->old == 1);
    f.kept.entry[5].kind ^= 1u;
    node_queue_init(&f.queue, &f.kept, 8, 10);
    CHECK(node_queue_length(&f.queue) == 0);
}

static void ages_stop_growing(void)
{
    struct node_event event = {.second = 10};
    CHECK(node_event_age(&event, 10) == 0);
    CHECK(node_event_age(&event, 75) == 65);
    CHECK(node_event_age(&event, 10 + 65534) == 65534);
    CHECK(node_event_age(&event, 10 + 65535) == 65534);
}

/* ---- frames ---- */

static uint8_t wire[600];
static uint16_t wire_length;

static void to_wire(void *context, uint8_t byte)
{
    (void)context;
    CHECK(wire_length < sizeof wire);
    wire[wire_length++] = byte;
}

static void the_crc_is_the_one_of_zlib(void)
{
    CHECK(node_crc((const uint8_t *)"123456789", 9) == 0xcbf43926ul);
    CHECK(node_crc((const uint8_t *)"", 0) == 0);
}

/* Longer than any frame of the protocol, so that the code for 254 bytes without a zero is tried too. */
static void any_body_survives(void)
{
    for (uint16_t length = NODE_HEADER + NODE_CRC_BYTES; length < 560; length++) {
        for (uint8_t zeros = 0; zeros < 3; zeros++) {
            uint8_t *body = malloc(length);
            uint8_t *buffer = malloc(700);
            struct node_deframer deframer;
            enum node_verdict verdict = NODE_NOTHING;
            uint16_t covered = (uint16_t)(length - NODE_CRC_BYTES);
            CHECK(body != NULL && buffer != NULL);
            for (uint16_t i = 0; i < covered; i++)
                body[i] = zeros == 0 ? (uint8_t)(1u + any(255)) : zeros == 1 ? (uint8_t)any(3) : 0;
            node_put32(body + covered, node_crc(body, covered));
            wire_length = 0;
            node_encode(body, length, to_wire, NULL);
            CHECK(wire_length <= node_wire_length(length));
            node_deframer_init(&deframer, buffer, 701);
            for (uint16_t i = 0; i < wire_length; i++) {
                CHECK((wire[i] == 0) == (i == 0 || i == wire_length - 1));
                verdict = node_deframe(&deframer, wire[i]);
            }
            CHECK(verdict == NODE_FRAME && deframer.length == covered && memcmp(buffer, body, covered) == 0);
            free(body);
            free(buffer);
        }
    }
}

/* ---- the whole node, on anything ---- */

static uint32_t cuts; /* frames that a restart may have cut */

static void harm(struct board *board)
{
    static uint8_t noise[80];
    uint8_t body[NODE_HEADER + 64 + NODE_CRC_BYTES];
    uint32_t length = any(sizeof noise);
    switch (any(12)) {
    case 0: /* noise */
        for (uint32_t i = 0; i < length; i++)
            noise[i] = (uint8_t)any(256);
        board_give(board, noise, length);
        break;
    case 1: /* a sound frame that says anything */
    case 2:
    case 3:
        length = any(53);
        for (uint32_t i = 0; i < length; i++)
            body[NODE_HEADER + i] = any(3) ? (uint8_t)any(256) : (uint8_t)any(4);
        wire_length = 0;
        node_encode(body, node_seal(body, (uint8_t)any(10), (uint8_t)any(16), (uint16_t)any(65536), any(9), (uint8_t)length), to_wire,
                    NULL);
        board_give(board, wire, wire_length);
        break;
    case 4:
        board_set_inputs(board, (uint8_t)any(4));
        break;
    case 5:
        board_set_leads(board, (uint8_t)(any(4) << 1));
        break;
    case 6:
        board_set_oximeter(board, (uint8_t)any(4), any(2) != 0);
        break;
    case 7:
        board_set_level(board, (uint16_t)any(65536));
        break;
    case 8:
        board_set_memory(board, any(2) != 0, any(8) == 0);
        break;
    case 9:
        board_set_stalled(board, any(3) == 0);
        break;
    default:
        break;
    }
    if (any(200) == 0) {
        board_start(board, (uint8_t)any(6), any(2) != 0);
        cuts++;
    }
}

static uint32_t node_survives_anything(uint32_t rounds)
{
    struct board *board = calloc(1, board_size());
    uint8_t *data = malloc(BOARD_LINE);
    uint8_t *buffer = malloc(253);
    struct node_deframer deframer;
    uint32_t frames = 0;
    CHECK(board != NULL && data != NULL && buffer != NULL);
    board_make(board, ALL, any(0xffffffff), (int32_t)any(2000) - 1000);
    board_start(board, NODE_RESET_POWER, true);
    node_deframer_init(&deframer, buffer, 254);
    for (uint32_t i = 0; i < rounds; i++) {
        harm(board);
        board_run(board, any(30));
        uint32_t length = board_take(board, data, BOARD_LINE);
        for (uint32_t at = 0; at < length; at++) {
            enum node_verdict verdict = node_deframe(&deframer, data[at]);
            frames += verdict == NODE_FRAME;
            /* A restart may cut one frame; what a node sends is sound otherwise, and from a node. */
            if (verdict > NODE_FRAME)
                CHECK(cuts-- != 0);
            CHECK(verdict != NODE_FRAME || ((buffer[1] & 0x80u) != 0 && buffer[0] >> 4 == NODE_MAJOR));
        }
        CHECK(node_queue_length(&board->node.events) <= NODE_EVENTS + 1u);
    }
    free(board);
    free(data);
    free(buffer);
    return frames;
}

int main(int count, char **arguments)
{
    uint32_t rounds = count > 2 ? (uint32_t)strtoul(arguments[2], NULL, 10) : 20000u;
    if (count > 1)
        state = (uint32_t)strtoul(arguments[1], NULL, 10) | 1u;
    others_leave_room_for_calls();
    a_call_takes_the_place_of_another_event();
    no_press_is_lost_when_calls_fill_the_queue();
    repetitions_slow_down();
    the_oldest_goes_first();
    a_reset_keeps_what_waits();
    ages_stop_growing();
    printf("queue: well\n");
    the_crc_is_the_one_of_zlib();
    any_body_survives();
    printf("frames: well\n");
    printf("node: %u frames in %u rounds of anything: well\n", (unsigned)node_survives_anything(rounds), (unsigned)rounds);
    return 0;
}
