// Package rig runs the built binary, and other programs, against servers on
// loopback or in a network namespace of their own, and looks at what they did:
// lines out counted and compared with the truth, time, CPU and memory of the
// whole process, packets captured. The measurements (cmd/internal/measure) and
// the real-server tests (cmd/internal/realtest) share it.
//
// Whatever it starts dies with it: processes by the kernel's hand, a namespace
// with its last process. Load never leaves loopback or such a namespace.
package rig
