// Package budget keeps, in one small file per user, what all vacants of that
// user may still ask of each registry operator, the lock-outs that operators
// imposed, and the last calibration of each endpoint.
//
// Any number of processes share the file. Each holds its lock for some
// microseconds at a time: to lease the right to ask, and to say when what it
// asked had arrived. Nobody is ever granted a question that could make more arrive
// within any span of a limit than the limit allows, wherever the others are: see
// account.go. A process that dies leaves nothing behind but its questions, which
// count as asked. The package starts no goroutine.
package budget
