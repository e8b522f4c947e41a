-- A few dozen rows, the same on every machine. People, numbers and addresses are invented; the phone numbers and mail
-- domains are those that are set aside for that (Ofcom's drama numbers, RFC 2606).

INSERT INTO customers (id, name, email, phone, birth_date, address, iban, created_at) VALUES
  (1,  'Ada Lindqvist',     'ada.lindqvist@example.com',  '+44 1632 960101', '1984-03-12', '{"street": "4 Mill Lane", "city": "Ely", "zip": "CB7 4AA"}',        'GB33 XXXX 2020 1555 5555 55', '2026-01-04 09:12:00+00'),
  (2,  'Boris Mwangi',      'boris@example.org',          '+44 1632 960102', '1990-11-30', '{"street": "19 Harbour Road", "city": "Leith", "zip": "EH6 6QQ"}',  'GB29 XXXX 6016 1331 9268 19', '2026-01-09 15:40:00+00'),
  (3,  'Chloé Durand',      'chloe.durand@example.net',   '+44 1632 960103', '1979-07-02', '{"street": "7 Rue des Lilas", "city": "Lyon", "zip": "69003"}',     'FR14 XXXX 1005 0500 0133 06', '2026-01-17 11:05:00+00'),
  (4,  'Dmitri Okafor',     'd.okafor@example.com',       NULL,              '1995-01-23', '{"street": "88 Station Street", "city": "Hull", "zip": "HU1 2AB"}', 'GB94 XXXX 1020 1530 0934 59', '2026-02-01 08:00:00+00'),
  (5,  'Elif Şahin',        'elif.sahin@example.org',     '+44 1632 960105', '1988-09-15', '{"street": "2 Quay Side", "city": "Bristol", "zip": "BS1 4RN"}',    NULL,                          '2026-02-11 17:31:00+00'),
  (6,  'Farid Haddad',      'farid@example.net',          '+44 1632 960106', '1972-05-08', '{"street": "31 High Street", "city": "Bath", "zip": "BA1 5AS"}',    'GB15 XXXX 4062 0112 3456 78', '2026-02-20 10:10:00+00'),
  (7,  'Grace O''Neill',    'grace.oneill@example.com',   '+44 1632 960107', '2001-12-19', '{"street": "5 Castle Row", "city": "Derry", "zip": "BT48 6HN"}',    'GB82 XXXX 1234 5698 7654 32', '2026-03-03 13:45:00+00'),
  (8,  'Hiroshi Tanaka',    'hiroshi@example.org',        '+44 1632 960108', '1966-04-27', '{"street": "12 Orchard Close", "city": "Kent", "zip": "ME13 7LA"}', 'GB96 XXXX 0784 7512 3456 78', '2026-03-08 19:20:00+00'),
  (9,  'Ingrid Østergaard', 'ingrid@example.net',         NULL,              '1993-10-05', '{"street": "Havnegade 40", "city": "Aarhus", "zip": "8000"}',       'DK50 XXXX 0440 1162 43',      '2026-03-21 07:55:00+00'),
  (10, 'João Pereira',      'joao.pereira@example.com',   '+44 1632 960110', '1982-06-14', '{"street": "Rua Nova 3", "city": "Porto", "zip": "4000-001"}',      'PT50 XXXX 0123 1234 5678 90', '2026-04-02 12:00:00+00')
ON CONFLICT DO NOTHING;

INSERT INTO products (id, sku, name, price, stock, tags) VALUES
  (1, 'TEA-001', 'Assam, loose leaf, 250 g', 8.40,  120, '{tea,black}'),
  (2, 'TEA-002', 'Sencha, 100 g',            11.90, 64,  '{tea,green}'),
  (3, 'COF-001', 'Espresso beans, 1 kg',     22.50, 40,  '{coffee}'),
  (4, 'COF-002', 'Filter beans, 500 g',      13.00, 75,  '{coffee}'),
  (5, 'POT-001', 'Teapot, cast iron',        54.00, 12,  '{tea,pots}'),
  (6, 'CUP-001', 'Cup, stoneware',           14.25, 200, '{cups}'),
  (7, 'MIL-001', 'Hand mill',                89.00, 9,   '{coffee,tools}'),
  (8, 'GFT-001', 'Gift card',                25.00, 999, '{}')
ON CONFLICT DO NOTHING;

INSERT INTO orders (id, customer_id, status, placed_at)
SELECT n, 1 + n * 7 % 10, (ARRAY['paid', 'shipped', 'open', 'shipped', 'cancelled'])[1 + n % 5],
       timestamptz '2026-05-01 09:00:00+00' + n * interval '31 hours'
FROM generate_series(1, 24) AS n
ON CONFLICT DO NOTHING;

INSERT INTO order_items (order_id, product_id, quantity, unit_price)
SELECT n, p.id, 1 + (n + k) % 3, p.price
FROM generate_series(1, 24) AS n
CROSS JOIN generate_series(0, 1) AS k
JOIN products AS p ON p.id = 1 + (n * 5 + k * 3) % 8
ON CONFLICT DO NOTHING;
