package rdaptest

import "strings"

// LegalTail stands for the paragraphs of conditions under a reply; written for
// tests in the manner of the real ones.
const LegalTail = `
>>> Last update of WHOIS database: 2026-01-02T03:04:05Z <<<

TERMS OF USE: Access to this service is given for lawful purposes only. You agree
not to use the data to support mass unsolicited mail, nor to send high volume
queries to the database. The registry does not guarantee its accuracy and reserves
the right to restrict access. A domain that is not found here may still not be
available for registration. Queries to the Whois services are throttled.
`

// FreeText is what a thin gTLD registry says of a name that nobody has.
func FreeText(name string) string {
	return "No match for \"" + strings.ToUpper(name) + "\".\r\n" + LegalTail
}

// RecordText is a record in the common gTLD layout.
func RecordText(name string) string {
	return "   Domain Name: " + strings.ToUpper(name) + "\r\n   Registrar: Example Registrar, Inc.\r\n   Creation Date: 2001-02-03T04:05:06Z\r\n" +
		"   Registry Expiry Date: 2031-02-03T04:05:06Z\r\n   Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited\r\n" +
		"   Name Server: NS1.EXAMPLE.NET\r\n   Name Server: NS2.EXAMPLE.NET\r\n" + LegalTail
}
