package reading

import (
	"strings"
	"testing"

	"vacant"
)

// strictHost is a country's own server for which no row is written, so that
// the strict lines alone read what it says.
const strictHost, strictName = "whois.nic.md", "example123.md"

// strictFree are whole replies, one line but for the record layouts, in the
// words that registries of the world use; NAME is the name asked.
var strictFree = strings.Split(strings.TrimSpace(`
No match
No match.
No Match!
No match!!
NO MATCH
no match found
No matches found.
No matching record.
No matching records found.
No matching objects found
No matching domain found
No match for NAME
No match for "NAME".
No match for 'NAME'
No match for domain NAME
No match for domain "NAME".
No match for domain "NAME" (ASCII):
NO MATCH: NAME
No match found for "NAME"
No match found for NAME.
No Match for NAME in the registry database
NAME - No Match
NAME: no match
NAME no match
NOT FOUND
Not found
Not found.
Not Found!
not found...
Not found: NAME
Not Found - NAME
NAME not found
NAME: not found
NAME - not found
"NAME" not found.
NAME was not found.
NAME is not found
Domain not found
Domain not found.
DOMAIN NOT FOUND
Domain name not found
Domain Not Found: NAME
Domain NAME not found
Domain NAME not found.
domain "NAME" not found.
Domain "NAME" was not found in the database.
Domain name NAME was not found.
The domain NAME was not found!
The domain name NAME was not found.
The domain NAME could not be found.
The domain was not found in the registry.
The requested domain was not found.
The requested domain name was not found in our database.
The queried domain was not found
The queried object does not exist
The queried object does not exist: no matching objects found
The queried object does not exist: DOMAIN NOT FOUND
Object not found
Object not found.
OBJECT NOT FOUND!
Object does not exist
Object "NAME" does not exist
Object "NAME" NOT FOUND.
No object found
NO OBJECT FOUND!
No objects found
No such object
No Object Found
No Data Found
No data found for NAME
No data was found to match the request criteria.
Data not found.
Data not found. This domain is available for registration.
No entries found
No entries found.
No entries found for NAME
No entries found for query "NAME".
No entries found for domain NAME
No entries found in the database
No entries found for the selected source
No entries found for the selected source(s).
No entry found
No entry found for NAME
No entry for NAME
no entries found in the registry database.
NAME: no entries found
NAME: no entries found.
No records found
No record found
No record found for NAME
No records found for domain NAME.
No records found for object NAME
No records matching NAME found.
No records matching "NAME" were found.
No such record
Record not found
Record not found.
No such domain
No such domain.
No such domain: NAME
No such domain NAME
No such domain name
No domain found
No domains found
No domain names found
No result found
No results found
No results found for NAME
Nothing found
Nothing found.
Nothing found for this query.
Nothing found for NAME
Domain is free
The domain is free
Domain NAME is free
NAME is free
NAME is free.
Domain available
Domain is available
Domain is available.
Domain NAME is available
Domain NAME is available.
Domain NAME is available for registration
Domain name NAME is available for registration.
NAME is available
NAME is available for registration.
NAME available
This domain is available for registration.
This domain is available.
The domain is available for registration
The domain name NAME is available.
The domain NAME is available for purchase
Domain NAME is available for purchase
This domain name has not been registered.
This domain has not been registered
The domain has not been registered.
The domain NAME has not been registered.
The domain NAME has not been registered yet.
Domain NAME has not been registered
The domain is not registered
The domain name is not registered.
Domain is not registered
Domain not registered
Domain not registered.
Domain NAME not registered.
Domain NAME is not registered
Domain name NAME is not registered.
The domain NAME is not registered.
NAME is not registered
NAME not registered
Not Registered - NAME
Not registered: NAME
Not registered
Not Registered.
Domain unregistered
NAME is unregistered
Domain does not exist
Domain does not exist.
The domain does not exist
The domain NAME does not exist
Domain NAME does not exist
Domain name NAME does not exist.
Domain name NAME does not exist in database!
Domain name NAME does not exist in the registry
Domain Name [NAME] does not exist in database
NAME does not exist
NAME does not exist.
Domain not in database
Domain NAME not in database
Sorry, but domain: "NAME", not found in database
Sorry, NAME was not found in our database.
Sorry, no match.
We do not have an entry in our database matching your query.
There is no information available about NAME.
There is no domain NAME.
No information about domain NAME in the registry database.
No information available about domain name NAME in the Registry database.
No information was found matching that query.
No information found for NAME
No records match your query.
Your query returned 0 objects.
This query returned 0 objects.
Query returned no results
Unassigned domain: NAME
Available
AVAILABLE
Free
NAME AVAILABLE
NAME: available
NAME - available
ERROR: no entries found
%ERROR:101: no entries found
%error 230 No Objects Found
Error: domain not found
%ERROR:103: Domain is not registered
Error 404: Domain not found
# No match
% No such domain
% nothing found
% Not found.
%% No entries found in the database.
%% NOT FOUND
>>> Domain NAME is available for registration
*** Nothing found for this query.
*** No match for NAME ***
El dominio no existe
El dominio NAME no existe
El dominio no se encuentra registrado
El dominio NAME no se encuentra registrado.
El dominio NAME no está registrado
Dominio no registrado
Dominio no encontrado
Dominio disponible
Dominio libre
El dominio NAME está disponible
NAME: no existe
No existe
NAME no existe.
No se encontraron registros
No se encontraron resultados
No se encontró el dominio
O domínio não existe
Domínio não encontrado
Domínio NAME não encontrado
Dominio nao registrado
Domínio disponível
O domínio NAME está disponível
O domínio NAME não está registrado
Nenhum registro encontrado
Le domaine n'existe pas
Le domaine NAME n'existe pas
Domaine non trouvé
Domaine NAME non trouvé.
Domaine libre
Le domaine NAME est libre
Le nom de domaine NAME est disponible
Le nom de domaine n'est pas enregistré
Nom de domaine inconnu
Aucun résultat trouvé
Aucun enregistrement trouvé
Aucune entrée trouvée
Die Domain ist frei
Domain NAME ist frei
Die Domain NAME ist nicht registriert.
Domain nicht gefunden
Domain nicht registriert
Keine Einträge gefunden
Kein Eintrag gefunden
Keine Daten gefunden
Domein niet gevonden
NAME is vrij
Domein NAME is niet geregistreerd
Geen resultaten gevonden
Il dominio non esiste
Il dominio NAME non è registrato
Dominio non trovato
Dominio non registrato
Il dominio NAME è disponibile
Il dominio è libero
Nessun risultato trovato
Domena nie istnieje
Domena NAME nie istnieje
Domena jest wolna
Domena NAME jest wolna
Nie znaleziono domeny
Nie znaleziono
Doména neexistuje
Doména NAME neexistuje
Doména nenalezena
Doména je volná
Záznam nenalezen
Domén nem található
Nincs találat
Domeniul nu exista
Domeniul nu este inregistrat
Domeniul NAME nu este înregistrat
Domena ne postoji
Domena ni registrirana
Domena NAME je prosta
Alan adı bulunamadı
Alan adi kayitli degil
Kayıt bulunamadı
Kayit bulunamadi
Домен не найден
Домен NAME свободен
Домен не зарегистрирован
Ничего не найдено
Домен не знайдено
Домен вільний
Данных не найдено
Domänen hittades inte
Domänen är ledig
NAME är ledig
Domenet er ledig
Domænet er ledigt
Verkkotunnusta ei löydy
Verkkotunnus on vapaa
Domeen on vaba
Domēns nav reģistrēts
Domenas laisvas
該網域名稱未被註冊
域名未注册
没有找到匹配的记录
該当するデータがありません
등록되어 있지 않습니다
Domain Status: No Object Found
Domain Status: Available
Status: available
Status: AVAILABLE
Status: free
Status: Free
Status: Not Registered
Status: Not registered
Status: NOT FOUND
Domain: NAME|Status: free
Domain: NAME|Status: available
Domain: NAME|Status: AVAILABLE
Domain Name: NAME|Status: Available
Domain Name: NAME|Domain Status: No Object Found
Domain Name: NAME|Domain Status: Available
Domain name:           NAME|Domain status:         available
Domain name: NAME|Status: Not Registered
Query: NAME|Status: Not Registered
Query: NAME|Status: Available
domain_name: NAME|query_status: 220 Available
Domain:|    NAME|Status:|    Available
[Domain]|Domain: NAME|Status: free
[Domain Name] NAME|[Status] Available
Domain.....: NAME|Status.....: available
Dominio: NAME|Estado: disponible
Dominio: NAME|Estado: Libre
Nombre de dominio: NAME|Estado: Disponible
Nome de domínio: NAME|Estado: livre
Nom de domaine: NAME|Statut: libre
Nom de domaine: NAME|Statut: disponible
Nazwa domeny: NAME|Status: wolna
domain: NAME|state: free
Domain Name:	NAME|The domain NAME was not found.
`), "\n")

func TestStrictLinesReadFree(t *testing.T) {
	missed := 0
	for _, line := range strictFree {
		text := strings.ReplaceAll(strings.ReplaceAll(line, "NAME", strictName), "|", "\n") + "\n"
		got := WHOIS(strictHost, strictName, false, []byte(text))
		if got.Verdict != vacant.Available {
			missed++
			t.Errorf("%-50q %v %q by %q", line, got.Verdict, got.Reason, got.Matched)
		}
		if strings.Contains(line, "NAME") && WHOIS(strictHost, "x"+strictName, false, []byte(text)).Verdict == vacant.Available {
			t.Errorf("%q is available for another name", line)
		}
	}
	t.Logf("%d of %d missed", missed, len(strictFree))
}

// strictNot are whole replies that say something else, or too little.
var strictNot = strings.Split(strings.TrimSpace(`
No
Not
No data
No information
No information available
No data available
No data available for this query
No domain
No name
No result
No such
Not available
Not available.
NAME is not available
NAME not available
NAME is not free
NAME is not available for registration.
Domain not available
Domain is not available.
Domain NAME not available
Domain name not available for registration
This domain is not available for registration.
Status: not available
Status: NOT AVAILABLE
Status: unavailable
Status: available soon
Status: available-on-waiting-list
Status: available for application
Status: available at auction
Status: premium
Status: Premium, available
Status: reserved
Status: blocked
Status: invalid
Status: error
Status: unknown
Status: free for members
Status: free|Status: ok
Status: free|Registrar: Example Inc
Domain: NAME|Status: free|Created: 2001-02-03
Domain: NAME|Status: connect
Domain: NAME|Status: not free
Domain: NAME|Status:
Domain: NAME
Domain: other.md|Status: free
Domain: other.md|No match for NAME
Domain: NAME
NAME
available domains
Free domains
Free domain search
Available commands: help
No match in cache
No match found in the cache, try again
No match yet, please wait
No match (query limit exceeded)
No match because the backend is resting
NAME not found in cache
NAME not found in the reserved list
NAME not found: timeout
NAME not found, backend offline
NAME not found by this registrar
NAME not found in the trademark database
NAME was not found in our copy of the registry
Domain not found?
Domain not found, or blocked
Domain not found or reserved
Whois server not found
Server not found
Host not found
Host NAME not found
Name server not found
Nameserver not found
Nameserver NAME not found
Registrar not found
Contact not found
Handle not found
User not found
TLD not found
Zone not found
Page not found
File not found
404 Not Found
HTTP/1.1 404 Not Found
Command not found
Resource not found
Service not found
Database not found
Table not found
Key not found
Method not found
Route not found
Session not found
whois: not found
sh: whois: not found
Object not found in cache
Error: no such table: domains
Error: No connection
Error: not connected
No route to host
No such file or directory
No such host
No such host is known
No such service
No such table
No such user
No answer
No response
No reply
No servers available
No server found
No whois server is known for this kind of object.
No whois server known for NAME
No RDAP service is available for NAME
No match found: service unavailable
No memory available
No more connections
No more queries allowed
No queries left
No access
No permission
No more data available
No input
No query
No query given
No domain given
No domain specified
No domain name specified
No domain name given
No arguments
No longer available
No longer registered
NAME is no longer available
NAME is no longer registered
NAME is not yet available
Registrations are not available
Domain registration is not available
NAME may be available
NAME is probably available
NAME is available at a premium
NAME is available for backorder
NAME is available for auction
NAME is available for application
NAME is available via the Dropzone service
NAME is available to trademark holders
NAME is available for transfer
NAME is available for sale
NAME is available for EUR 500
NAME is available? No.
Is NAME available?
NAME is available in 3 days
NAME will be available
NAME will be free on 2026-03-01
NAME is free of charge
This service is available
This service is free
The WHOIS service is free.
WHOIS is available
Whois database not available
Registry data is available
Information not available
Data not available
Domain exists
NAME exists
NAME does exist
Domain does exist
Domain registered
Domain NAME is registered
NAME is registered
NAME is taken
NAME registered
Registered: NAME
The domain is registered
Domain name already registered
Your query limit is exceeded
Query rate exceeded. Not found.
Not found. Query rate exceeded.
Not found. Try again later.
Not found. Please slow down.
Not found. This name is reserved.
Not found. Contact the registry.
Domain not found. Reserved by the registry.
No match. Premium name.
Rate limit: not found
Too many queries: no match
Limit: no entries found
Blocked: not found
Please try again. Not found.
Quota exceeded|Not found
Not found|Quota exceeded
No match|440 Request Denied
No match|OK! You win
No match|hello
No match|Registered
No match|Reserved name
No match|Zbyt wiele zapytań
No se encontraron registros|Ha excedido el límite de consultas
No se encontraron resultados|Intente más tarde
No existe|Nombre reservado
Nenhum registro encontrado|Limite de consultas excedido
Aucun résultat trouvé|Trop de requêtes
Aucun résultat trouvé|Nom de domaine réservé
Keine Daten gefunden|Zu viele Anfragen
Keine Daten gefunden|Bitte später erneut versuchen
Nessun risultato trovato|Troppe richieste
Nessun risultato trovato|Nome riservato
Nie znaleziono|Przekroczono limit zapytań
Nie znaleziono|Nazwa zarezerwowana
Záznam nenalezen|Překročen limit dotazů
Nincs találat|Túl sok lekérdezés
Kayıt bulunamadı|Çok fazla sorgu
Ничего не найдено|Превышен лимит запросов
Ничего не найдено|Домен зарезервирован
Данных не найдено|Слишком много запросов
没有找到匹配的记录|查询过于频繁
域名未注册|该域名为保留域名
該当するデータがありません|クエリ制限
등록되어 있지 않습니다|조회 제한 초과
Dominio no disponible
El dominio NAME no está disponible
Domínio não disponível
O domínio NAME não está disponível
Domaine non disponible
Le domaine NAME n'est pas disponible
Le domaine NAME n'est pas libre
Domain ist nicht frei
Die Domain NAME ist nicht verfügbar
Il dominio non è disponibile
Il dominio NAME non è libero
Domena nie jest wolna
Domena NAME nie jest wolna
Doména není volná
Domenet er ikke ledig
Домен не свободен
Домен занят
El dominio existe
El dominio está registrado
O domínio existe
Le domaine existe
Die Domain ist registriert
Il dominio esiste
Domena istnieje
Doména existuje
Estado: no disponible
Estado: reservado
Statut: réservé
Statut: indisponible
Estado: bloqueado
Status: zarezerwowana
No match for other.md
other.md not found
Not found: other.md
other.md is free
NAME not found|other.md not found
No match for www.NAME
No match for NAME.md
No match for x.NAME
Domain: NAME|Status: available|Domain: other.md|Status: ok
Domain: NAME|Status: available|Registrar: x
No match for NAME|Registrant: Somebody
No match for NAME|Creation Date: 2001-02-03
No match for NAME|Name Server: ns1.example.net
Domain Name: NAME|Registrar: Example|Not found
`), "\n")

func TestOtherLinesNeverReadFree(t *testing.T) {
	for _, line := range strictNot {
		text := strings.ReplaceAll(strings.ReplaceAll(line, "NAME", strictName), "|", "\n") + "\n"
		for _, c := range []struct{ asked, text string }{
			{strictName, text}, {"", text}, {strictName, "% Terms of use apply.\n\n" + text}, {strictName, text + "\nhttps://registry.example/\n"},
		} {
			got := WHOIS(strictHost, vacant.Name(c.asked), false, []byte(c.text))
			if got.Verdict == vacant.Available && (c.asked != "" || !strings.Contains(line, "other.md") && !strings.Contains(line, "www.")) {
				t.Errorf("%q about %q is available by %q", c.text, c.asked, got.Matched)
			}
		}
	}
}

// TestPartOfARecordBesideANo: what stands in records only is no banner.
func TestPartOfARecordBesideANo(t *testing.T) {
	for _, field := range []string{"Whois Server: x", "WHOIS Server: whois.registrar.example", "Referral URL: http://x.example", "Registry Domain ID: D1-ZZ", "refer: whois.x.example", "DNSSEC: unsigned", "Reseller: http domain"} {
		for _, text := range []string{"No match.\r\n   " + field + "\r\n", "   " + field + "\r\n\r\nNo match.\r\n", "No match for \"x1.zz\".\r\n\r\n   " + field + "\r\n"} {
			if got := WHOIS("127.0.0.1:4343", "x1.zz", true, []byte(text)); got.Verdict != vacant.Undetermined {
				t.Errorf("%q is %+v", text, got)
			}
		}
	}
}
