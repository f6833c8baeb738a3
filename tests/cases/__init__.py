"""Cases that nobody made the library for: rules of other systems, worked out by hand.

`tests/scenarios` plays the examples that were collected before the library was built. These
were written afterwards, from what makers document, and played through the public API as an
integrating engineer would. Each names whose rule it is. Figures are those of the page where
one is listed here; elsewhere the rule is theirs and the figures were worked out by hand.

- NetSuite, Available to Promise Methods: docs.oracle.com, section_N2301636
- Dynamics 365, order promising: learn.microsoft.com, delivery-dates-available-promise
- Dynamics 365 Commerce, distributed order management: learn.microsoft.com, commerce/dom
- SAP SD, backward and forward scheduling: answers.sap.com, 5382328
- Transportation Management with SAP LES, 6.7
- SAP APO, product allocations procedure: help.sap.com, saphelp_snc70, 9e/ab5738bc...
- SAP CRM: kits (mixed case), rounding, rules-based check; SAP Business One, delivery
  schedules: help.sap.com, saphelp_crm700_ehp02, saphelp_crm70, saphelp_scm700_ehp01, sbo92
- Oracle Promising, get supply from parents and then siblings: docs.oracle.com, 24d/fascp
- IBM Sterling, calculating availability, matching supply to demand: ibm.com/docs
- IBM Sterling, carrier pickup schedule, minimum notification time, transfer schedule,
  product procurement, pickup cut-offs, item-based safety stock: ibm.com/docs
- Odoo, lead times, FEFO removal: odoo.com/documentation
- Spree guides, shipments; Spree 7790; Medusa, inventory kits; Saleor, stock allocation
- HotWax, pre-order allocation, fulfilment capacity: github.com/hotwax/oms-documentation
- schema.org, ShippingDeliveryTime; Puget Systems on days of a carrier
"""
