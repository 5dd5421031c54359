/* Open vSwitch's own ovs-vsctl, which answers what is not for us. */
#ifndef REAL_H
#define REAL_H

/*
 * Becomes the program of this name that PATH has behind this one, by its absolute path and with
 * these arguments; returns if there is none. Not one before this one: two of us would call each
 * other for ever.
 */
void
become_real(char *const *arguments);

#endif
