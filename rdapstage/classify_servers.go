package rdapstage

// echoes are servers whose "not found" always repeats the name: one that does
// not is not theirs.
var echoes = map[string]bool{
	"whois.verisign-grs.com": true, "ccwhois.verisign-grs.com": true, "tvwhois.verisign-grs.com": true, "whois.nic.name": true,
	"whois.denic.de": true, "whois.eu": true, "whois.domain-registry.nl": true, "whois.dns.be": true, "whois.iis.se": true, "whois.nic.nu": true,
	"whois.nic.it": true, "whois.nic.uk": true, "whois.registro.br": true, "whois.dns.pt": true, "whois.cira.ca": true,
}

// shortReplies are the whole replies, in lower case, of servers that answer
// with fewer than minGeneric octets; lines are joined by "|", the name is {name}.
var shortReplies = map[string][]string{}

var (
	shortAfilias = []string{"not found"}
)
