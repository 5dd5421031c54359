/*
 * The thread that DPDK's memif driver works on: the EAL's interrupt thread accepts the other side,
 * agrees with it and lets it go, whatever another thread does with the same device. Told to stop
 * meanwhile, the driver frees what that thread is in the midst of. So such devices are opened,
 * started again and closed on that thread.
 */
#ifndef DEVICE_THREAD_H
#define DEVICE_THREAD_H

/*
 * Has the work done there, and waits for it; as it is if the device's driver has no work on that
 * thread. name: the device's.
 */
void
device_thread_do(const char *name, void (*work)(void *), void *context);

/*
 * On that thread, after a device was closed: ends what the driver leaves of its listening socket,
 * whose file it has removed: the descriptor, and a handler that would use freed memory at the next
 * event.
 */
void
device_thread_sweep(void);

#endif
