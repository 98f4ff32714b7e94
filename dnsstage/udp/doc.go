// Package udp carries stage one's queries over UDP, as many a second as the
// system calls let through. It believes a reply only if address, port, id and
// question are those of a query in flight; it never retries, never picks a
// server and knows no rates: that is its user's part.
//
//	Submit                                                     Poll
//	  | up to 64 queries of one family                           ^ replies, timeouts
//	  v                                                          |
//	table: a slot, an id that is free on the port (inflight.go)  |
//	  | packet with random id and case                           |
//	  v                                                          |
//	burst: one source port, drawn at random (send.go)          match id, address, question (receive.go)
//	  | one system call                                          ^
//	  v                                                          | one system call, many datagrams
//	link ---- sendmmsg, UDP_SEGMENT ---> servers ---> recvmmsg, UDP_GRO
//	            (link_linux.go; link_plain.go elsewhere)
//
//	wheel: deadlines, reaped by Poll, no timer (reaper.go)
//
// A shard is all of this, shared with nobody: sockets, table, wheel, buffers
// and counters. With one shard Submit and Poll do the work in the goroutine
// that calls them. With more, each shard has a goroutine of its own, started by
// New and ended by Close, and Submit and Poll hand batches to and fro (crew.go).
// Per query there is no lock, no allocation, no timer and no goroutine.
package udp
