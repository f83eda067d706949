#include "node_events.h"

#include <stddef.h>

#include "node_frame.h"

#define AGE_MOST 65534u

static uint32_t check_of(const struct node_events *kept)
{
    return node_crc((const uint8_t *)kept, (uint16_t)offsetof(struct node_events, check));
}

static void changed(struct node_queue *queue)
{
    queue->kept->check = check_of(queue->kept);
}

static bool older(const struct node_event *one, const struct node_event *other)
{
    return one->boot != other->boot ? one->boot < other->boot : one->id < other->id;
}

/* Events of a run whose numbers this one may give again get new ones; they were never delivered under the old. */
static void renumber(struct node_queue *queue)
{
    for (uint8_t i = 0; i < NODE_EVENTS; i++) {
        struct node_event *event = &queue->kept->entry[i];
        if (event->id != 0) {
            event->boot = queue->boot;
            event->id = queue->next_id++;
        }
    }
}

void node_queue_init(struct node_queue *queue, struct node_events *kept, uint32_t node, uint32_t boot)
{
    *queue = (struct node_queue){0};
    queue->kept = kept;
    queue->boot = boot;
    queue->next_id = 1;
    if (check_of(kept) != kept->check) {
        *kept = (struct node_events){0};
    } else {
        bool same = node != 0 && kept->node == node;
        kept->pressed_old = 1;
        for (uint8_t i = 0; i < NODE_EVENTS; i++) {
            struct node_event *event = &kept->entry[i];
            event->old = 1;
            event->sent = 0;
            event->due_ms = 0;
            if (event->boot == boot)
                same = false;
        }
        if (!same)
            renumber(queue);
    }
    kept->node = node;
    changed(queue);
}

void node_queue_name(struct node_queue *queue, uint32_t node)
{
    queue->kept->node = node;
    changed(queue);
}

/* The oldest event that is no call; `others` is how many there are. */
static struct node_event *oldest_other(const struct node_queue *queue, uint8_t *others)
{
    struct node_event *oldest = NULL;
    *others = 0;
    for (uint8_t i = 0; i < NODE_EVENTS; i++) {
        struct node_event *event = &queue->kept->entry[i];
        if (event->id == 0 || event->kind == NODE_EVENT_CALL)
            continue;
        (*others)++;
        if (oldest == NULL || older(event, oldest))
            oldest = event;
    }
    return oldest;
}

static struct node_event *free_entry(const struct node_queue *queue)
{
    for (uint8_t i = 0; i < NODE_EVENTS; i++)
        if (queue->kept->entry[i].id == 0)
            return &queue->kept->entry[i];
    return NULL;
}

/* Where a new event goes; NULL if eight calls wait. */
static struct node_event *entry_for(struct node_queue *queue, uint8_t kind)
{
    uint8_t others;
    struct node_event *oldest = oldest_other(queue, &others);
    struct node_event *entry = free_entry(queue);
    if (entry != NULL && (kind == NODE_EVENT_CALL || others < NODE_OTHERS))
        return entry;
    if (oldest != NULL || kind != NODE_EVENT_CALL)
        queue->lost++;
    return oldest;
}

static void fill(struct node_queue *queue, struct node_event *event, const struct node_event *what)
{
    *event = *what;
    event->boot = queue->boot;
    event->id = queue->next_id++;
    changed(queue);
}

void node_queue_add(struct node_queue *queue, uint8_t kind, uint8_t value, uint32_t t_us, uint32_t second, uint16_t now_ms)
{
    struct node_event *entry = entry_for(queue, kind);
    struct node_event what = {.t_us = t_us, .second = second, .due_ms = now_ms, .count = 1, .kind = kind, .value = value};
    if (entry != NULL) {
        fill(queue, entry, &what);
    } else if (kind == NODE_EVENT_CALL) {
        struct node_events *kept = queue->kept;
        if (kept->pressed == 0) {
            kept->pressed_us = t_us;
            kept->pressed_second = second;
            kept->pressed_old = 0;
        }
        if (kept->pressed < UINT16_MAX)
            kept->pressed++;
        changed(queue);
    }
}

bool node_queue_acknowledge(struct node_queue *queue, uint32_t boot, uint32_t id, uint16_t now_ms, bool *called)
{
    for (uint8_t i = 0; i < NODE_EVENTS; i++) {
        struct node_event *event = &queue->kept->entry[i];
        if (id == 0 || event->id != id || event->boot != boot)
            continue;
        *called = *called || event->kind == NODE_EVENT_CALL;
        event->id = 0;
        event->boot = 0;
        if (queue->kept->pressed != 0) {
            struct node_event what = {.t_us = queue->kept->pressed_us, .second = queue->kept->pressed_second, .due_ms = now_ms,
                                      .count = queue->kept->pressed, .kind = NODE_EVENT_CALL,
                                      .old = (uint8_t)queue->kept->pressed_old};
            queue->kept->pressed = 0;
            fill(queue, event, &what);
        }
        changed(queue);
        return true;
    }
    return false;
}

struct node_event *node_queue_due(struct node_queue *queue, uint16_t now_ms)
{
    struct node_event *due = NULL;
    for (uint8_t i = 0; i < NODE_EVENTS; i++) {
        struct node_event *event = &queue->kept->entry[i];
        bool waits = event->id != 0 && (event->sent == 0 || (uint16_t)(now_ms - event->due_ms) < 0x8000u);
        if (waits && (due == NULL || older(event, due)))
            due = event;
    }
    return due;
}

void node_queue_sent(struct node_queue *queue, struct node_event *event, uint16_t now_ms)
{
    uint16_t pause = event->sent < NODE_FAST_RESENDS ? NODE_RESEND_MS : NODE_RESEND_SLOW_MS;
    event->due_ms = (uint16_t)(now_ms + pause);
    if (event->sent < UINT8_MAX)
        event->sent++;
    changed(queue);
}

void node_queue_hurry(struct node_queue *queue, uint16_t now_ms)
{
    for (uint8_t i = 0; i < NODE_EVENTS; i++) {
        struct node_event *event = &queue->kept->entry[i];
        event->due_ms = now_ms;
        if (event->sent > 1)
            event->sent = 1;  /* the quick repetitions begin anew */
    }
    changed(queue);
}

uint8_t node_queue_length(const struct node_queue *queue)
{
    uint8_t length = queue->kept->pressed != 0;
    for (uint8_t i = 0; i < NODE_EVENTS; i++)
        length = (uint8_t)(length + (queue->kept->entry[i].id != 0));
    return length;
}

bool node_queue_calling(const struct node_queue *queue)
{
    for (uint8_t i = 0; i < NODE_EVENTS; i++)
        if (queue->kept->entry[i].id != 0 && queue->kept->entry[i].kind == NODE_EVENT_CALL)
            return true;
    return false;
}

uint16_t node_queue_behind(const struct node_queue *queue, const struct node_event *event)
{
    uint32_t oldest = event->id;
    for (uint8_t i = 0; i < NODE_EVENTS; i++) {
        const struct node_event *other = &queue->kept->entry[i];
        if (other->id != 0 && other->boot == event->boot && other->id < oldest)
            oldest = other->id;
    }
    uint32_t behind = event->id - oldest;
    return behind > UINT16_MAX ? UINT16_MAX : (uint16_t)behind;
}

uint16_t node_event_age(const struct node_event *event, uint32_t second)
{
    if (event->old)
        return NODE_AGE_UNKNOWN;
    uint32_t age = second - event->second;
    return age > AGE_MOST ? (uint16_t)AGE_MOST : (uint16_t)age;
}
