/* Numbers of the room node's protocol. PROTOCOL.md is the norm; the Python side has them in messages.py, and a test
 * compares the two. */
#ifndef NODE_PROTOCOL_H
#define NODE_PROTOCOL_H

#define NODE_MAJOR 1u
#define NODE_MINOR 0u

#define NODE_HEADER 8u        /* version and flags, type, seq, t_us */
#define NODE_CRC_BYTES 4u
#define NODE_MAX_PAYLOAD 80u  /* of a frame that a node sends */
#define NODE_MAX_COMMAND 52u  /* of a frame that a node must accept: room for an ACK of ten events */
#define NODE_PAGE 48u         /* descriptor bytes in one PAGE */

/* Bits 0-3 of the first byte. */
#define NODE_FLAG_REPEAT 1u   /* sent before, not acknowledged */
#define NODE_FLAG_UNHEARD 2u  /* the node has received no valid frame since it started */

/* Host to node. */
#define NODE_C_HELLO 0x01u
#define NODE_C_SYNC 0x02u
#define NODE_C_ACK 0x03u
#define NODE_C_NAME 0x04u
#define NODE_C_DESCRIBE 0x05u
#define NODE_C_STREAM 0x06u
#define NODE_C_RESTART 0x07u
#define NODE_C_IDENTIFY 0x08u

/* Node to host: bit 7, so that a line that echoes is never taken for a node. */
#define NODE_M_HELLO 0x81u
#define NODE_M_SYNC 0x82u
#define NODE_M_EVENT 0x83u
#define NODE_M_RESULT 0x84u
#define NODE_M_PAGE 0x85u
#define NODE_M_HEARTBEAT 0x86u
#define NODE_M_SAMPLES 0x87u

/* RESULT codes. */
#define NODE_OK 0u
#define NODE_UNKNOWN 1u       /* no such command, or no such stream */
#define NODE_MALFORMED 2u     /* wrong length or value */
#define NODE_BUSY 3u          /* events wait for their acknowledgement */
#define NODE_FAILED 4u        /* the hardware did not do it */

/* EVENT kinds. */
#define NODE_EVENT_CALL 1u
#define NODE_EVENT_EXIT 2u
#define NODE_EVENT_RETURN 3u
#define NODE_EVENT_FAULT 4u   /* value: the part */
#define NODE_EVENT_REPAIRED 5u

/* Parts: value of FAULT and REPAIRED, bit number in the heartbeat's `faults`. */
#define NODE_PART_OXIMETER 0u
#define NODE_PART_ECG 1u
#define NODE_PART_TEMPERATURE 2u
#define NODE_PART_MEMORY 3u

/* Streams: identifier and kind are the same number in this firmware; a host goes by the descriptor. */
#define NODE_STREAM_ECG 1u
#define NODE_STREAM_PPG 2u
#define NODE_STREAM_TEMPERATURE 3u

/* SAMPLES flags. */
#define NODE_SAMPLES_NO_CONTACT 1u
#define NODE_SAMPLES_LEAD_PLUS 2u
#define NODE_SAMPLES_LEAD_MINUS 4u
#define NODE_SAMPLES_SATURATED 8u

/* Inputs, as in the heartbeat; 1 is active. */
#define NODE_INPUT_CALL 1u    /* button pressed */
#define NODE_INPUT_MAT 2u     /* somebody is on the mat (in bed) */

/* Reset causes. */
#define NODE_RESET_UNKNOWN 0u
#define NODE_RESET_POWER 1u
#define NODE_RESET_BROWNOUT 2u
#define NODE_RESET_EXTERNAL 3u
#define NODE_RESET_WATCHDOG 4u
#define NODE_RESET_COMMAND 5u

/* RESTART modes, and the key that tells a command from a mistake. */
#define NODE_RESTART_APPLICATION 0u
#define NODE_RESTART_LOADER 1u
#define NODE_RESTART_KEY 0x54525354ul

/* Times. */
#define NODE_RESEND_MS 100u       /* the first NODE_FAST_RESENDS repetitions */
#define NODE_RESEND_SLOW_MS 1000u
#define NODE_FAST_RESENDS 10u
#define NODE_HEARTBEAT_MS 1000u
#define NODE_HOST_SILENT_MS 5000u

/* Bytes of the UART's ring that samples, pages and heartbeats leave free: an EVENT on the wire takes 35. */
#define NODE_RESERVE 40u

#endif
