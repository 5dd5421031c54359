/*
 * Fuzz fixture: rte_vhost without its thread, so that a run depends on its input only. Compiled
 * with DPDK's source of the library (setup/vhost-source), which the sanitizers watch and the
 * fuzzer's coverage counts, too.
 */
#ifndef VHOST_FUZZ_LIBRARY_H
#define VHOST_FUZZ_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

/* A guest comes: fd is rte_vhost's end of the connection, which it closes. */
void
library_connect(const char *path, int fd);

/* What its thread would do: reads a message from each connection that has one. False: none had. */
bool
library_serve(void);

/* What it calls instead of the C library's, to count what it maps. */
void *
library_mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset);
int
library_munmap(void *at, size_t length);

/* In its own files (meson.build). */
#ifdef VHOST_FUZZ_CALLS
#define mmap library_mmap
#define munmap library_munmap
#endif

#endif
