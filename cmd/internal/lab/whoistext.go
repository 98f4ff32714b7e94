package lab

import (
	"fmt"
	"strings"
	"time"
)

// The texts below have the shape of real registries' replies, two families of
// them; the words are the lab's own.

const limitText = `Query rate limit exceeded. You have sent too many queries from your address.
Please wait a second and try again.
`

const whoisFooter = `
>>> Last update of WHOIS database: 2026-01-01T00:00:00Z <<<

TERMS OF USE: The records shown here belong to a simulated registry. They are
given for tests and demonstrations and describe no real domain name. Access may
be limited when queries come too fast.
`

// plainWHOIS is the WHOIS of a registry that is not imitated.
func plainWHOIS(tld string) portManner {
	return portManner{teller: TellerWHOIS, bad: notServed(tld), limit: limitText, free: notFoundText, record: recordText, withheld: withheldText}
}

// notFoundText echoes the name, as the registries do whose text can be trusted.
func notFoundText(name string) string {
	if verisignLike(topLabel(name)) {
		return fmt.Sprintf("No match for %q.\n", strings.ToUpper(name)) + whoisFooter
	}
	return fmt.Sprintf("Domain %s not found.\n", name) + whoisFooter
}

func withheldText(name string, st state) string {
	if st.verdict == verdictPremium {
		return fmt.Sprintf("The premium name %s is not registered. It is available at a premium price.\n", name) + whoisFooter
	}
	return fmt.Sprintf("The name %s is reserved by the registry and not available for registration.\n", name) + whoisFooter
}

func notServed(tld string) string {
	return fmt.Sprintf("Invalid query: this server knows names directly under the suffixes of %s only.\n", tld) + whoisFooter
}

// recordText is a registered name's record; com's like is thin and indented.
func recordText(rec record) string {
	indent := ""
	if verisignLike(topLabel(rec.name)) {
		indent = "   "
	}
	return recordLines(rec, indent, "Registry Expiry Date") + whoisFooter
}

// recordLines is a record as ICANN's agreements want it, or nearly so.
func recordLines(rec record, indent, expiry string) string {
	var b strings.Builder
	line := func(key, value string) { fmt.Fprintf(&b, "%s%s: %s\n", indent, key, value) }
	line("Domain Name", strings.ToUpper(rec.name))
	line("Registry Domain ID", rec.handle)
	line("Updated Date", rec.changed.Format(time.RFC3339))
	line("Creation Date", rec.created.Format(time.RFC3339))
	line(expiry, rec.expires.Format(time.RFC3339))
	line("Registrar", rec.registrar.name)
	line("Registrar IANA ID", fmt.Sprint(rec.registrar.id))
	for _, status := range rec.eppStatus {
		line("Domain Status", status+" https://icann.org/epp#"+status)
	}
	for _, host := range rec.nameservers {
		line("Name Server", strings.ToUpper(host))
	}
	line("DNSSEC", "unsigned")
	return b.String()
}
