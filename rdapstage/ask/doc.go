// Package ask asks one question of one registry host and returns an exact
// record of what came back: an HTTP exchange, or a line to a WHOIS or DAS server
// and its text. It reads no answer and gives no verdict.
//
// What it never does, whatever the other side sends: connect to another host
// than the one it was told; connect to an address that is not public, unless the
// host was named by hand; leave a certificate unverified; follow a referral, or a
// redirect out of the registry's house; read more than a bound; take longer than
// a deadline over the whole exchange; put anything but one line of printable
// ASCII on the wire; return part of a text.
//
// It keeps idle HTTP connections, which [Asker.Idle] ends, and starts no
// goroutine that outlives a call.
package ask
