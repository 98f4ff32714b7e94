package lab

import (
	"fmt"
	"slices"
	"strings"
)

// The WHOIS servers of countries that have a layout of their own. Layout and
// statuses are the registries'; remarks and terms are the lab's own words.

// denicWHOIS is .de's: nothing but the name, its servers and a status.
var denicWHOIS = portManner{speaks: "whois.denic.de", teller: TellerWHOIS,
	limit: "% Error: 55000000002 Connection refused; access control limit reached.\n",
	bad:   "% Error: 55000000010 Invalid search options given\n",
	free:  func(name string) string { return "Domain: " + name + "\nStatus: free\n" },
	record: func(rec record) string {
		var b strings.Builder
		fmt.Fprintf(&b, "Domain: %s\n", rec.name)
		for _, host := range rec.nameservers {
			fmt.Fprintf(&b, "Nserver: %s\n", host)
		}
		status := "connect"
		if slices.Contains(rec.eppStatus, "redemptionPeriod") {
			status = "redemptionPeriod"
		}
		fmt.Fprintf(&b, "Status: %s\nChanged: %s\n", status, rec.changed.Format("2006-01-02T15:04:05-07:00"))
		return b.String()
	},
}

const nominetTail = `
    WHOIS lookup made at 00:00:00 01-Jan-2026

--
This WHOIS information belongs to a simulated registry. You may not use it to
compile, repackage or otherwise re-use what it says. Access may be withdrawn or
restricted at any time.
`

// nominetWHOIS is .uk's.
var nominetWHOIS = portManner{speaks: "whois.nic.uk", teller: TellerWHOIS,
	limit: "Error for query\n\n    the WHOIS query quota has been exceeded and will be replenished in 1 second\n" + nominetTail,
	bad:   "Error for query\n\n    This domain name could not be understood.\n" + nominetTail,
	free: func(name string) string {
		return fmt.Sprintf("\n    No match for %q.\n\n    This domain name has not been registered.\n", name) + nominetTail
	},
	withheld: func(name string, _ state) string {
		return fmt.Sprintf("\n    The name %s is reserved.\n\n    This domain name cannot be registered.\n", name) + nominetTail
	},
	record: nominetRecord,
}

func nominetRecord(rec record) string {
	var b strings.Builder
	section := func(title string, lines ...string) {
		fmt.Fprintf(&b, "\n    %s:\n", title)
		for _, l := range lines {
			fmt.Fprintf(&b, "        %s\n", l)
		}
	}
	section("Domain name", rec.name)
	section("Registrar", rec.registrar.name)
	section("Relevant dates", "Registered on: "+rec.created.Format("02-Jan-2006"),
		"Expiry date:  "+rec.expires.Format("02-Jan-2006"), "Last updated:  "+rec.changed.Format("02-Jan-2006"))
	section("Registration status", nominetStatus(rec))
	section("Name servers", rec.nameservers...)
	return b.String() + nominetTail
}

func nominetStatus(rec record) string {
	switch {
	case rec.deleted():
		return "Renewal required. *** This registration has been SUSPENDED. ***"
	case rec.onHold():
		return "Registered until expiry date. *** This registration has been SUSPENDED. ***"
	}
	return "Registered until expiry date."
}
