// Package lab is a simulated registry internet on loopback: root and TLD DNS,
// RDAP with its bootstrap, WHOIS, DAS and SOCKS5, all telling one seeded ground
// truth, with faults on request. It shares no code with what it judges.
//
// The truth about a name is a pure function of seed, density, night and the name
// ([World]); no server keeps any state about names, so a world of 10^12 names
// costs nothing, and whoever knows the flags knows the truth.
//
// Of the names a registry could sell, the share called density is registered.
// Of those, 93 in 100 are delegated (one of them expired); the rest are
// registered without name servers, on hold, in redemption or pending delete
// (NXDOMAIN), or exist in the TLD's zone without a cut (NODATA). Of the names
// that nobody registered, 2 in 100 are reserved and 2 in 100 premium, which RDAP and
// WHOIS say. Labels that gTLDs must withhold are reserved too, but there RDAP gives
// the same plain 404 as for free names: the trap for whoever trusts a 404. Labels of
// 18 characters and more are free in every world, so that a random label is what it is elsewhere.
//
// Registries. Some TLDs are imitated: registries.go is the table of how each
// sells and shows its names, over which protocols, in which layout, and which
// withheld names it tells, and how. Layouts and status words are the real
// registries', prose is the lab's own. All other TLDs have the manners of one of
// two families. To add a registry is to add a row and its texts.
//
// Limits. An operator takes so many requests in each of its windows, over each
// protocol or over all; arrivals.go counts the most that came within one span.
//
// Nights. Each night a few names are registered and a few drop, most of them after
// some nights in redemption and pending delete; night.go has the law. It is one
// world over all its nights, and night 0 is the one that is meant without saying so.
//
// DNS. A referral carries addresses but no ports, so all authoritative servers
// of a lab live on addresses of their own in 127.53.0.0/16 with one common
// port: two root servers, two for each operator, one for the delegated names
// themselves. A client that follows referrals asks on the port of the roots.
//
// Where loopback has but one address (darwin's lo0), a single server on
// 127.0.0.1 stands for all of them. It answers from the deepest zone that is a
// true ancestor of the name asked: about a TLD it gives the root's referral
// (to itself), about anything below it speaks as the TLD. Only SOA questions
// about an apex are answered by that zone itself.
//
// Goroutines: one per UDP socket (and one more where answers are delayed), one
// per listener, one per connection. All end when the context given to [Start]
// ends or at [Lab.Close], which waits for them.
package lab
