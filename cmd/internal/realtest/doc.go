// Package realtest runs the built binary against real servers on loopback:
// Knot with a root and signed and unsigned TLD zones, NSD with a delegated second-level
// suffix, Unbound recursing over them, microsocks and dante as proxies. It
// holds tests only. They need root (port 53 on addresses of 127.53.0.0/24) and
// Debian's packages (make deps); what is missing is skipped with a line that says so.
package realtest
