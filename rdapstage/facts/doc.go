// Package facts holds what is known about registries: the embedded tables of
// TLDs, WHOIS hosts, operators, limits, availability services, second-level
// suffixes and reserved labels, and the look-ups in them. It asks nobody and
// changes nothing; every function may be called from any goroutine. NOTICE says
// where each table comes from.
package facts
