/** A link that writes to an address, which may hold letters that mean something else in links: `a+b?c&d@example.com`. */
export function mailto(address: string): string {
  const at = address.lastIndexOf('@')
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)]
  return `mailto:${encodeURIComponent(local)}@${encodeURIComponent(domain)}`
}
