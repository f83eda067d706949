/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * simhost: a room node's board around an emulated ATmega328P, for tests only.
 *
 * It links libsimavr, which is under the GNU GPL 3; so is this folder, apart from the rest of the project (EUPL-1.2).
 * Nothing of the project links it: tests start it as a program of its own and talk to it over pipes and a line.
 *
 * All state is in `struct board`. Times are microseconds of true time since power came: cycles of the emulated CPU
 * over the frequency that its crystal really has, which `--ppm` sets apart from the 16 MHz that the firmware believes in.
 */
#ifndef SIMHOST_H
#define SIMHOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <simavr/sim_avr.h>
#include <simavr/sim_irq.h>

#define NOMINAL_HZ 16000000.0
#define ADC_CHANNELS 8
#define PORTS 3 /* B, C, D */

/* A growing queue of bytes with the time of each. */
struct queue {
    uint8_t *data;
    double *time;
    size_t head, count, room;
};

void queue_put(struct queue *queue, uint8_t byte, double time);
uint8_t queue_take(struct queue *queue);
void queue_clear(struct queue *queue);

/* A voltage over time on one ADC channel; repeats when it ends. Empty: the steady voltage counts. */
struct wave {
    double *millivolts;
    size_t count;
    double rate, start;
};

/* MAX30102 on I2C address 0x57: registers, a FIFO of 32 samples, a finger with a pulse. */
struct oximeter {
    avr_irq_t *irq;
    uint8_t reg[256];
    uint32_t fifo[32][2];
    uint8_t write, read, count, byte, pointer, index, selected;
    bool finger, absent;
    double bpm, ratio, perfusion, ppm;
    double started;       /* true time of the first sample since the mode was set */
    uint64_t taken;       /* samples made since then */
    double phase;
    uint32_t noise;
    uint64_t made, lost;  /* over all modes: samples converted, samples that found the FIFO full */
};

struct pin {
    bool driven, level;
};

struct counters {
    uint64_t sent, received, overruns, slept;
    /* With `watch` only: */
    uint64_t longest_masked; /* cycles with interrupts off without a break, once the firmware had enabled them */
    uint64_t masked_since;
    bool enabled;
    uint16_t lowest_stack;
    unsigned resets, halts;
};

struct board {
    avr_t *avr;
    double hz;              /* what the crystal really has */
    double byte_cycles;     /* of a byte that the host sends */
    struct queue to_node, from_node;
    bool sending, was_reset, halted;
    bool watch;             /* look at every instruction: slower */
    struct wave wave[ADC_CHANNELS];
    struct pin pin[PORTS][8];
    struct oximeter oximeter;
    struct counters counters;
    double asked;           /* sum of all steps */
    const char *eeprom_path;
    void (*core_reset)(avr_t *avr);
};

/* board.c: the CPU and what is soldered around it */
bool board_start(struct board *board, const char *firmware, const char *loader);
void board_run(struct board *board, avr_cycle_count_t until);
double board_time(const struct board *board);
void board_send(struct board *board, const uint8_t *data, size_t count);
void board_pin(struct board *board, char port, int bit, bool level);
void board_adc(struct board *board, int channel, double millivolts);
bool board_wave(struct board *board, int channel, double rate, const char *path);
bool board_reset(struct board *board, const char *cause);
void board_jump(struct board *board, uint32_t address);
void board_keep_eeprom(struct board *board);

/* oximeter.c */
void oximeter_attach(struct oximeter *oximeter, struct board *board);
void oximeter_power(struct oximeter *oximeter);

/* command.c: one line of text, one line of answer on stdout; false ends the program */
bool command_run(struct board *board, char *line);

/* line.c: the node's UART on a pty or a TCP port, paced to real time */
struct line;
struct line *line_open_pty(const char *link);
struct line *line_open_tcp(int port);
void line_serve(struct board *board, struct line *line);

#endif
