/* well_formed.h: whether a text is an XML element as MathML needs it. */
#ifndef WELL_FORMED_H
#define WELL_FORMED_H

/* NULL, or what is wrong: tags that do not match, attributes without quotes, foreign entities and
 * bytes, or a fraction, root or script with another number of operands than it takes. */
const char *ill_formed(const char *xml);

#endif
