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
 * On that thread, after a device was closed, or was not opened: ends what the driver leaves of a
 * listening socket that no device has any more: its descriptor, those of dialers that it has not
 * assigned to a device, and handlers that would use freed memory at the next event.
 */
void
device_thread_sweep(void);

#endif
