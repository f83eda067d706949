/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands on stdin, one a line, each answered by one line:
 *
 *   step MICROSECONDS [HEX]      run; HEX goes to the node's UART   -> stepped TIME [TIME:HEX ...]   bytes from the node,
 *                                                                    with the time at which the first had arrived
 *   pin PORT BIT LEVEL           pin D 4 0                          -> ok
 *   adc CHANNEL MILLIVOLTS       a steady voltage                   -> ok
 *   wave CHANNEL RATE FILE       millivolts, one number a line      -> ok
 *   oximeter NAME VALUE          bpm ratio perfusion ppm finger absent power -> ok
 *   reset external|power|brownout                                   -> ok
 *   jump ADDRESS                 let the program counter run wild   -> ok
 *   flash FILE                   write what is in the flash to FILE -> ok
 *   run-to ADDRESS               run until the program counter is there -> ok
 *   poke ADDRESS HEX             write bytes into data memory       -> ok
 *   stats                        counters of the board              -> stats NAME=VALUE ...
 *   quit                         keep the EEPROM and end            -> ok
 *
 * Anything else is answered by "error" and the reason; nothing has changed then.
 */
#include "simhost.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that came within this many microseconds are told as one piece. */
#define PIECE 1000.0

static bool say(const char *text) {
    puts(text);
    fflush(stdout);
    return true;
}

static int nibble(char digit) {
    return isdigit((unsigned char)digit) ? digit - '0' : tolower((unsigned char)digit) - 'a' + 10;
}

static void send_hex(struct board *board, const char *hex) {
    for (; isxdigit((unsigned char)hex[0]) && isxdigit((unsigned char)hex[1]); hex += 2) {
        uint8_t byte = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
        board_send(board, &byte, 1);
    }
}

static void tell_bytes(struct queue *queue) {
    while (queue->count) {
        size_t length = 1;
        const double *time = queue->time + queue->head;
        while (length < queue->count && time[length] - time[0] < PIECE)
            length++;
        printf(" %.0f:", time[0]);
        while (length--)
            printf("%02x", queue_take(queue));
    }
}

static bool step(struct board *board, const char *arguments) {
    char *rest;
    double microseconds = strtod(arguments, &rest);
    if (rest == arguments || microseconds < 0)
        return say("error step needs microseconds");
    send_hex(board, rest + strspn(rest, " "));
    /* Counted from the start and not from the last step: what a step overshot by is not added up. */
    board->asked += microseconds;
    board_run(board, (avr_cycle_count_t)(board->asked * 1e-6 * board->hz));
    printf("stepped %.0f", board->asked);
    tell_bytes(&board->from_node);
    return say("");
}

static bool pin(struct board *board, const char *arguments) {
    char port;
    int bit, level;
    if (sscanf(arguments, " %c %d %d", &port, &bit, &level) != 3 || port < 'B' || port > 'D' || bit < 0 || bit > 7)
        return say("error pin needs a port B to D, a bit and a level");
    board_pin(board, port, bit, level != 0);
    return say("ok");
}

static bool adc(struct board *board, const char *arguments) {
    int channel;
    double millivolts;
    if (sscanf(arguments, "%d %lf", &channel, &millivolts) != 2 || channel < 0 || channel >= ADC_CHANNELS)
        return say("error adc needs a channel 0 to 7 and millivolts");
    board_adc(board, channel, millivolts);
    return say("ok");
}

static bool wave(struct board *board, const char *arguments) {
    int channel, read = 0;
    double rate;
    if (sscanf(arguments, "%d %lf %n", &channel, &rate, &read) != 2 || !read || rate <= 0 || channel < 0 ||
        channel >= ADC_CHANNELS)
        return say("error wave needs a channel 0 to 7, a rate and a file");
    return say(board_wave(board, channel, rate, arguments + read) ? "ok" : "error that file holds no numbers");
}

static bool oximeter(struct oximeter *oximeter, const char *arguments) {
    char name[16];
    double value;
    if (sscanf(arguments, "%15s %lf", name, &value) != 2)
        return say("error oximeter needs a name and a value");
    if (!strcmp(name, "bpm"))
        oximeter->bpm = value;
    else if (!strcmp(name, "ratio"))
        oximeter->ratio = value;
    else if (!strcmp(name, "perfusion"))
        oximeter->perfusion = value;
    else if (!strcmp(name, "ppm"))
        oximeter->ppm = value;
    else if (!strcmp(name, "finger"))
        oximeter->finger = value != 0;
    else if (!strcmp(name, "absent"))
        oximeter->absent = value != 0;
    else if (!strcmp(name, "power"))
        oximeter_power(oximeter); /* lost, and back: it knows nothing any more */
    else
        return say("error the oximeter has bpm, ratio, perfusion, ppm, finger, absent and power");
    return say("ok");
}

static bool stats(const struct board *board) {
    const struct counters *counters = &board->counters;
    printf("stats time=%.0f cycles=%llu slept=%llu sent=%llu received=%llu overruns=%llu resets=%u halts=%u "
           "lowest_stack=%u longest_masked=%llu oximeter_made=%llu oximeter_lost=%llu",
           board_time(board), (unsigned long long)board->avr->cycle, (unsigned long long)counters->slept,
           (unsigned long long)counters->sent, (unsigned long long)counters->received,
           (unsigned long long)counters->overruns, counters->resets, counters->halts, counters->lowest_stack,
           (unsigned long long)counters->longest_masked, (unsigned long long)board->oximeter.made,
           (unsigned long long)board->oximeter.lost);
    return say("");
}

static bool flash(const struct board *board, const char *path) {
    FILE *file = fopen(path, "wb");
    size_t size = board->avr->flashend + 1;
    bool written = file && fwrite(board->avr->flash, 1, size, file) == size;
    if (file && fclose(file))
        written = false;
    return say(written ? "ok" : "error that file cannot be written");
}

static bool run_to(struct board *board, const char *arguments) {
    uint32_t address = (uint32_t)strtoul(arguments, NULL, 0);
    avr_cycle_count_t limit = board->avr->cycle + (avr_cycle_count_t)board->hz;
    avr_cycle_count_t usual = board->avr->run_cycle_limit;
    board->avr->run_cycle_limit = 1; /* one instruction at a time */
    while (board->avr->pc != address && board->avr->cycle < limit)
        board_run(board, board->avr->cycle + 1);
    board->avr->run_cycle_limit = usual;
    return say(board->avr->pc == address ? "ok" : "error it did not get there within a second");
}

static bool poke(struct board *board, const char *arguments) {
    char *rest;
    unsigned long address = strtoul(arguments, &rest, 0);
    for (rest += strspn(rest, " "); isxdigit((unsigned char)rest[0]) && isxdigit((unsigned char)rest[1]); rest += 2) {
        if (address > board->avr->ramend)
            return say("error that is behind the end of memory");
        board->avr->data[address++] = (uint8_t)(nibble(rest[0]) << 4 | nibble(rest[1]));
    }
    return say("ok");
}

bool command_run(struct board *board, char *line) {
    line[strcspn(line, "\n")] = 0;
    size_t length = strcspn(line, " ");
    const char *arguments = line + length + strspn(line + length, " ");
    line[length] = 0;
    if (!strcmp(line, "step"))
        return step(board, arguments);
    if (!strcmp(line, "pin"))
        return pin(board, arguments);
    if (!strcmp(line, "adc"))
        return adc(board, arguments);
    if (!strcmp(line, "wave"))
        return wave(board, arguments);
    if (!strcmp(line, "oximeter"))
        return oximeter(&board->oximeter, arguments);
    if (!strcmp(line, "reset"))
        return say(board_reset(board, arguments) ? "ok" : "error reset is external, power or brownout");
    if (!strcmp(line, "jump")) {
        board_jump(board, (uint32_t)strtoul(arguments, NULL, 0));
        return say("ok");
    }
    if (!strcmp(line, "flash"))
        return flash(board, arguments);
    if (!strcmp(line, "run-to"))
        return run_to(board, arguments);
    if (!strcmp(line, "poke"))
        return poke(board, arguments);
    if (!strcmp(line, "stats"))
        return stats(board);
    if (!strcmp(line, "quit"))
        return !say("ok");
    return say("error unknown command");
}
