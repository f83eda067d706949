/* The queue of events that must reach the host: bounded, a nurse call is never dropped.
 *
 * Eight entries. Events that are no calls may hold four of them; when one more comes, the oldest of these goes (counted in `lost`). A
 * call takes any free entry, then that of the oldest event that is no call. When eight calls wait, further presses are counted in
 * `pressed` and become one event with that count as soon as an entry is free: no press is lost, and what was once sent is
 * never changed.
 *
 * Entries and count may lie in memory that a reset does not clear (`.noinit`): a check value tells whether it is whole. Entries of
 * the run before keep their boot and number, so that the host knows those it already has; their age is unknown.
 */
#ifndef NODE_EVENTS_H
#define NODE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#define NODE_EVENTS 8u
#define NODE_OTHERS 4u  /* entries that events may hold which are no calls */

#if NODE_OTHERS >= NODE_EVENTS
#error "no entry would be left for a nurse call"
#endif

#define NODE_AGE_UNKNOWN 0xffffu

struct node_event {
    uint32_t boot;
    uint32_t id;         /* 0: the entry is free */
    uint32_t t_us;
    uint32_t second;     /* uptime when it happened */
    uint16_t due_ms;     /* when it is sent next */
    uint16_t count;      /* presses; 1 for everything else */
    uint8_t kind;
    uint8_t value;
    uint8_t sent;        /* times, 255 at most */
    uint8_t old;         /* from the run before: t_us and second are of another clock */
};

struct node_events {
    struct node_event entry[NODE_EVENTS];
    uint32_t node;           /* whose events these are */
    uint32_t pressed_us;     /* when the first of those pressed came */
    uint32_t pressed_second;
    uint16_t pressed;        /* calls that wait for a free entry */
    uint16_t pressed_old;    /* the first came in the run before */
    uint32_t check;
};

struct node_queue {
    struct node_events *kept;
    uint32_t boot;
    uint32_t next_id;
    uint16_t lost;       /* events that were no calls and had to go */
};

/* Take over what a reset left if it is whole and of this node, otherwise start empty. */
void node_queue_init(struct node_queue *queue, struct node_events *kept, uint32_t node, uint32_t boot);
/* The node got its name: the kept entries are that node's. */
void node_queue_name(struct node_queue *queue, uint32_t node);
void node_queue_add(struct node_queue *queue, uint8_t kind, uint8_t value, uint32_t t_us, uint32_t second, uint16_t now_ms);
/* Forget one; true if it was there. `called` is set if it was a call. */
bool node_queue_acknowledge(struct node_queue *queue, uint32_t boot, uint32_t id, uint16_t now_ms, bool *called);
/* The entry to send now, the oldest first; NULL if none is due. */
struct node_event *node_queue_due(struct node_queue *queue, uint16_t now_ms);
/* It was sent; plans the next time. */
void node_queue_sent(struct node_queue *queue, struct node_event *event, uint16_t now_ms);
/* Let all be sent at once: the host is back. */
void node_queue_hurry(struct node_queue *queue, uint16_t now_ms);
/* Entries in use, presses that wait for one counted as one more. */
uint8_t node_queue_length(const struct node_queue *queue);
/* Whether a call waits. */
bool node_queue_calling(const struct node_queue *queue);
/* How far `id` is ahead of the oldest entry of the same boot. */
uint16_t node_queue_behind(const struct node_queue *queue, const struct node_event *event);
/* Its age at `second` of uptime, as the EVENT says it. */
uint16_t node_event_age(const struct node_event *event, uint32_t second);

#endif
