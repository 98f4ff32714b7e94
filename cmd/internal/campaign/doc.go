// Package campaign proves what must hold over time, through the built binary and
// a lab that outlives it: that a kill at any moment loses nothing and asks little
// again, that the same world gives the same bytes, and that a hunt in the next
// night sees all that changed. It holds tests only.
//
// The lab runs in the test's process and tells the ledger of each question, so
// what was asked is counted by those who were asked, not by who asks. Each test
// has a small form, which "make check" runs, and a long one behind a make target:
// "make kills" (KILLS, SEED) and "make nights" (NIGHTS).
package campaign
