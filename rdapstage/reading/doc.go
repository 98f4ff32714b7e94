// Package reading says how one reply of a registry reads, taken alone: a WHOIS
// text, the line of an availability service, an RDAP body. It is pure: octets in,
// a [Reading] out. It asks nobody, keeps nothing, knows no clock, and every
// function may be called from any goroutine.
//
// What it calls available is not yet a verdict on a name: controls, withheld
// labels and the DNS proof are for rdapstage.
package reading
