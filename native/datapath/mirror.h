/*
 * Copies a port's frames, both ways, into a pcap file.
 *
 * Forwarding lcores copy frames into buffers and queue them; the control thread writes the file.
 * When buffers run out, frames are missing from the file, not from the guest, and are counted.
 */
#ifndef MIRROR_H
#define MIRROR_H

#include <stdint.h>

struct frame;
struct mirror;

/*
 * Takes over fd, an empty file of at most so many bytes; path is how it is called. NULL with errno,
 * and fd is closed.
 */
struct mirror *
mirror_open(int fd, const char *path, uint64_t most);
/*
 * Control thread: writes the queued records. 0, or the errno of the failed write; EFBIG: the file
 * is full.
 */
int
mirror_flush(struct mirror *mirror);
/* Flushes and frees; no lcore may use it any more. NULL is allowed. */
void
mirror_close(struct mirror *mirror);

const char *
mirror_path(const struct mirror *mirror);
uint64_t
mirror_written(const struct mirror *mirror);
uint64_t
mirror_lost(const struct mirror *mirror);

/* Forwarding lcores. */
void
mirror_frame(struct mirror *mirror, const struct frame *frame);

#endif
