/**
 * Debian's own, which setup installs. A python3 that stands before it in PATH may be a script that looks for
 * another one, and takes ten times as long.
 */
export const PYTHON = '/usr/bin/python3';
