// Package dnsstage is stage one: it asks DNS about every candidate, as fast as
// the servers take it, and says which names are delegated and which are not.
//
//	in --*Batch--> job (cursor, open count)
//	                 |  one task slot per name; in signed zones names wait in line
//	                 |  for an answer that denies a range they lie in (denialgap.go)
//	                 v
//	zone of the suffix --- not known yet ---> finder: root -> TLD -> cuts, probe  (goroutine, authority.go)
//	  fresh | again                           or controls of each resolver        (goroutine, controls.go)
//	     |     ^
//	     v     | elsewhere, over TCP, another cut
//	   pace: total, server (adapt.go) --> wire.Transport --> judge (classify.go, pure)
//	                                                           |
//	out <--*Batch-- last name of the batch settled <-----------+ held until the next good control of the
//	                                                             resolver (held.go) or the proxies (proxies.go)
//
// One goroutine, the loop, owns every task, zone, server and both transports;
// it takes no lock and allocates nothing per name. Everything rare (finding a
// zone, controls, the preflight) is straight-line code in goroutines of its own
// that reach the loop through its mailbox: exchange puts a question, post hands
// back what was found. Close ends the loop, waits for all of them, and closes
// the transports. Nobody closes a channel of the caller's.
//
// [Stage.Resolve] looks up hosts' addresses on the same loop, transports and
// paces (hostloop.go); nothing of it touches the way of names.
//
// The package never calls a name absent because something went wrong: an
// NXDOMAIN counts only when it is proven as docs/accuracy.md says, and every other
// way to end is delegated, nodata, or a status that claims nothing.
package dnsstage
