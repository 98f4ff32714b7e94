package lab

import (
	"fmt"
	"strings"
)

const euridHead = `% This simulated WHOIS service is given for information purposes only. It
% allows persons to check whether a specific domain name is still available or
% not and to obtain information related to the registration records of existing
% domain names.
%
% By submitting a query you accept that measures can be taken to limit the use
% of this service.
%
`

// euridWHOIS is .eu's, beside its DAS.
var euridWHOIS = portManner{speaks: "whois.eu", teller: TellerWHOIS,
	limit: euridHead + "-1: Still in grace period, wait 1 seconds\n",
	bad:   euridHead + "-2: Invalid pattern\n",
	free: func(name string) string {
		return euridHead + "% WHOIS " + name + "\nDomain: " + name + "\nScript: LATIN\nStatus: AVAILABLE\n"
	},
	withheld: func(name string, st state) string {
		return euridHead + "% WHOIS " + name + "\nDomain: " + name + "\nScript: LATIN\nStatus: " + euridKeeps(st) + "\n"
	},
	record: euridRecord,
}

// euridKeeps is the word for why nobody can have a name.
func euridKeeps(st state) string {
	if draw(st.hash, saltHow) < 0.5 {
		return "RESERVED"
	}
	return "BLOCKED"
}

func euridRecord(rec record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%% WHOIS %s\nDomain: %s\nScript: LATIN\n", euridHead, rec.name, rec.name)
	if euridStatus(rec) == "QUARANTINE" {
		return b.String() + "Status: QUARANTINE\n"
	}
	fmt.Fprintf(&b, "\nRegistrant:\n        NOT DISCLOSED!\n\nRegistrar:\n        Name: %s\n\nName servers:\n", rec.registrar.name)
	for _, host := range rec.nameservers {
		fmt.Fprintf(&b, "        %s\n", host)
	}
	return b.String()
}
