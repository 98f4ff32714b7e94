// Package lab is a simulated registry internet on loopback: root and TLD DNS,
// RDAP with its bootstrap, WHOIS and SOCKS5, all telling one seeded ground
// truth, with faults on request. It shares no code with what it judges.
//
// The truth about a name is a pure function of seed, density and the name
// ([World]); no server keeps any state about names, so a world of 10^12 names
// costs nothing, and whoever knows the flags knows the truth.
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
