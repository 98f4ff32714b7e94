package lab

import (
	"fmt"
	"strings"
)

// The WHOIS servers of gTLDs and of those ccTLDs that speak like them. The
// layouts are the registries'; remarks and terms are the lab's own words.

const verisignHead = `
Whois Server Version 2.0

Names in the domains of this server are registered with many registrars. It
is part of a simulation, and nothing that it says is about a real name.

`

const verisignTail = `>>> Last update of whois database: Thu, 01 Jan 2026 00:00:00 UTC <<<

NOTICE: The expiration date displayed in this record is the date to which the
registrar's sponsorship is paid, and need not be that of the registrant.

TERMS OF USE: This database may not be asked by electronic processes that are
automated and high-volume, except as is needed to register names. Access may
be restricted for failure to abide by these terms.

The Registry database contains ONLY .COM, .NET, .EDU domains and
Registrars.
`

// verisignWHOIS is .com's: a thin record, and a not-found line in quotes.
func verisignWHOIS(host string) portManner {
	return portManner{speaks: host, teller: TellerWHOIS,
		limit: "", // it closes without a word
		bad:   verisignHead + "Invalid query.\n" + verisignTail,
		free: func(name string) string {
			return verisignHead + fmt.Sprintf("No match for %q.\n", strings.ToUpper(name)) + verisignTail
		},
		record: func(rec record) string { return recordLines(rec, "   ", "Registry Expiry Date") + verisignTail },
	}
}

const identityTail = `
Terms of Use: Access to this simulated WHOIS service is given to help persons
determine the contents of a domain name registration record. Queries that come
too fast may be throttled.
`

// identityWHOIS is Identity Digital's. Its not-found line does not repeat the name.
func identityWHOIS(host string) portManner {
	return portManner{speaks: host, teller: TellerWHOIS,
		bad: "Malformed request.\n" + identityTail, limit: "WHOIS LIMIT EXCEEDED - SEE WWW.PIR.ORG/WHOIS FOR DETAILS\n",
		free: func(string) string { return "Domain not found.\n" + identityTail },
		record: func(rec record) string {
			return recordLines(rec, "", "Registry Expiry Date") + ">>> Last update of WHOIS database: 2026-01-01T00:00:00Z <<<\n" + identityTail
		},
		withheld: identityWithheld,
	}
}

// identityWithheld tells what RDAP does not: a name kept back, one that the
// Dropzone gives to who applies first, one at a price of its own.
func identityWithheld(name string, st state) string {
	switch {
	case st.verdict == verdictPremium:
		return fmt.Sprintf("%s is a premium name and available for purchase at a premium price.\n", name) + identityTail
	case st.no == noSays && draw(st.hash, saltHow) < 0.5:
		return fmt.Sprintf("%s is currently available for application via the Identity Digital Dropzone service.\n", name) + identityTail
	}
	return "Reserved Domain Name\n" + identityTail
}

// websiteWHOIS is .ws's.
var websiteWHOIS = portManner{speaks: "whois.website.ws", teller: TellerWHOIS, limit: "",
	bad: "Invalid input.\n",
	free: func(name string) string {
		return "The queried object does not exist: " + name + ".\n" + websiteTail
	},
	record: func(rec record) string {
		return recordLines(rec, "", "Registrar Registration Expiration Date") + websiteTail
	},
}

const websiteTail = `>>> Last update of WHOIS database: 2026-01-01T00:00:00Z <<<

For more information on Whois status codes, please visit https://icann.org/epp
`
