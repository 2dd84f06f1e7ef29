-- What must never be, after a storm and its calm: each query returns the rows that break the promise above it.
-- `ledger` is what the platforms accepted, `said` is every part of every revision, and `seen` brings both together by their words.

-- I1 nothing is published twice, in whichever revision; a part of a thread or a comment neither
SELECT workspace_id, post_id, part, count(DISTINCT rid) FROM seen WHERE post_id IS NOT NULL
GROUP BY workspace_id, post_id, part HAVING count(DISTINCT rid) > 1;

-- I2 nothing is lost: what was approved went out, or waits for a person or for its limit
SELECT id, number, state, trouble FROM posts
WHERE state IN ('publishing', 'unknown', 'planned', 'drafted', 'needs_human', 'failed', 'held', 'missed')
   OR (state = 'in_review' AND next_at < now() - interval '15 s')
   OR (state IN ('approved', 'retry_wait') AND next_at < now() + interval '10 minutes')
UNION ALL SELECT post_id, n, state, trouble FROM parts WHERE state IN ('claimed', 'unknown', 'refused')
   OR (state = 'waiting' AND next_at IS NOT NULL);

-- I3 published means that it is there, under the id that we know
SELECT p.id, p.number, p.remote_id FROM posts p WHERE p.state = 'published'
    AND NOT EXISTS (SELECT FROM seen s WHERE s.post_id = p.id AND s.part = 1 AND s.rid = p.remote_id)
UNION ALL SELECT q.post_id, q.n, q.remote_id FROM parts q WHERE q.state = 'out'
    AND NOT EXISTS (SELECT FROM seen s WHERE s.post_id = q.post_id AND s.part = q.n
                    AND (s.rid = q.remote_id OR position(s.rid IN q.remote_id) > 0));

-- I4 what is there is known to be there
SELECT l.platform, l.rid, l.words FROM ledger l WHERE l.effect = 'post' AND NOT EXISTS (SELECT FROM posts p WHERE p.remote_id = l.rid)
    AND NOT EXISTS (SELECT FROM parts q WHERE q.remote_id = l.rid)
    AND NOT EXISTS (SELECT FROM seen s JOIN parts q ON q.post_id = s.post_id AND q.n = s.part WHERE s.rid = l.rid AND q.state = 'unclear');

-- I5 what a platform accepted had a live approval of just these words when the intent was committed
SELECT s.platform, s.rid, s.post_id FROM (SELECT DISTINCT platform, rid, post_id, at, part FROM seen) s WHERE NOT EXISTS (
    SELECT FROM attempts t
    JOIN approvals a ON a.workspace_id = t.workspace_id AND a.id = t.approval_id
    JOIN seen x ON x.rid = s.rid AND x.post_id = t.post_id AND x.revision_n = t.revision_n AND x.part = t.part
    WHERE t.post_id = s.post_id AND a.revision_n = t.revision_n AND a.sha256 = t.sha256 AND a.at <= t.intent_at
      AND (t.part > 1 OR a.revoked_at IS NULL OR a.revoked_at > t.intent_at) AND t.intent_at <= s.at + interval '1 s');

-- I6 whoever approved held the right at the intent
SELECT t.id FROM attempts t JOIN approvals a ON a.workspace_id = t.workspace_id AND a.id = t.approval_id
WHERE t.part = 1 AND NOT EXISTS (SELECT FROM role_periods r WHERE r.workspace_id = t.workspace_id AND r.member_id = a.member_id
    AND r.role IN ('owner', 'reviewer') AND r.granted_at <= t.intent_at AND (r.revoked_at IS NULL OR r.revoked_at > t.intent_at));

-- I7 no decision counts on a stale or a foreign card, and no two revisions of a post are approved at once
SELECT d.id, d.post_id FROM decisions d JOIN cards c ON c.workspace_id = d.workspace_id AND c.id = d.card_id
WHERE d.applied AND c.post_id IS DISTINCT FROM d.post_id
UNION ALL SELECT d.id, d.post_id FROM decisions d
WHERE d.applied AND NOT EXISTS (SELECT FROM card_faces f WHERE f.workspace_id = d.workspace_id AND f.card_id = d.card_id AND f.revision_n = d.revision_n)
UNION ALL SELECT d.id, d.post_id FROM decisions d JOIN revisions r ON r.workspace_id = d.workspace_id AND r.post_id = d.post_id
    AND r.n > d.revision_n AND r.made_by IS NOT NULL
    JOIN decisions e ON e.workspace_id = d.workspace_id AND e.post_id = d.post_id AND e.applied AND e.decision = 'edit' AND e.revision_n = r.n - 1
WHERE d.applied AND d.decision = 'approve' AND d.at > e.at
UNION ALL SELECT a.id, a.post_id FROM approvals a JOIN approvals b ON b.workspace_id = a.workspace_id AND b.post_id = a.post_id
    AND b.revision_n > a.revision_n AND tstzrange(a.at, a.revoked_at) && tstzrange(b.at, b.revoked_at);

-- I8 the approval in force is for the revision in hand, and for just these bytes
SELECT p.id, p.number, p.state FROM posts p
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
LEFT JOIN approvals a ON a.workspace_id = p.workspace_id AND a.id = p.approval_id
WHERE p.state IN ('approved', 'publishing', 'unknown', 'retry_wait', 'published')
  AND (a.id IS NULL OR a.post_id <> p.id OR a.revision_n <> p.revision_n OR a.sha256 <> r.sha256);

-- I9 no window of a limit holds more than the limit
SELECT a.platform, a.account, a.at, count(DISTINCT b.rid) FROM ledger a JOIN ledger b USING (platform, account)
JOIN limits m USING (platform, account)
WHERE a.effect = 'post' AND b.effect = 'post' AND b.at >= a.at AND b.at < a.at + m.win
GROUP BY a.platform, a.account, a.at, m.lim HAVING count(DISTINCT b.rid) > m.lim;

-- I10 a delivery has one effect
SELECT event_key, count(*) FROM decisions WHERE event_key IS NOT NULL GROUP BY event_key HAVING count(*) > 1;

-- I11 a web app has one batch a day, each post of it once for an account
SELECT workspace_id, web_app_id, local_date FROM batches GROUP BY 1, 2, 3 HAVING count(*) > 1
UNION ALL SELECT workspace_id, brief_id, NULL::date FROM posts GROUP BY workspace_id, brief_id, account_id HAVING count(*) > 1;

-- I12 no attempt begins while an earlier one may still be sending
SELECT a.id, b.id FROM attempts a JOIN attempts b ON b.workspace_id = a.workspace_id AND b.post_id = a.post_id AND b.part = a.part AND b.fence > a.fence
WHERE b.intent_at < coalesce(a.ended_at, a.lease_until);

-- I13 only the arrows of the state machine were taken
SELECT t.post_id, t.step, t.old, t.event, t.new FROM transitions t
LEFT JOIN arrows g ON g.source = t.old AND g.event = t.event AND g.target = t.new WHERE g.source IS NULL
UNION ALL SELECT t.post_id, t.step, t.old, n.old, t.new FROM transitions t
JOIN transitions n ON n.workspace_id = t.workspace_id AND n.post_id = t.post_id AND n.step = t.step + 1 AND n.old <> t.new;

-- I14 nothing of one workspace stands in another
SELECT p.id FROM posts p JOIN approvals a ON a.id = p.approval_id WHERE a.workspace_id <> p.workspace_id
UNION ALL SELECT t.id FROM attempts t JOIN posts p ON p.id = t.post_id WHERE t.workspace_id <> p.workspace_id
UNION ALL SELECT d.id FROM decisions d JOIN members m ON m.id = d.member_id WHERE d.workspace_id <> m.workspace_id;

-- I15 every move stands in the audit trail, and the chain is whole
SELECT t.post_id::text, t.step::bigint FROM transitions t WHERE NOT EXISTS (
    SELECT FROM moves m WHERE m.workspace_id = t.workspace_id AND m.post_id = t.post_id AND m.step = t.step)
UNION ALL SELECT x.workspace_id::text, x.seq FROM (
    SELECT c.*, lag(c.hash, 1, '\x') OVER w AS former, row_number() OVER w AS nth, e.at, e.login, e.what, e.body
    FROM audit_chain c LEFT JOIN audit_events e ON e.workspace_id = c.workspace_id AND e.id = c.event_id
    WINDOW w AS (PARTITION BY c.workspace_id ORDER BY c.seq)) x
WHERE x.seq <> x.nth OR x.hash IS DISTINCT FROM audit_hash(x.former, x.workspace_id, x.seq, x.event_id, x.at, x.login, x.what, x.body)
UNION ALL SELECT e.workspace_id::text, e.id FROM audit_events e
WHERE NOT EXISTS (SELECT FROM audit_chain c WHERE c.workspace_id = e.workspace_id AND c.event_id = e.id);

-- I16 nothing was attempted while it was paused
SELECT t.id FROM attempts t JOIN posts p ON p.workspace_id = t.workspace_id AND p.id = t.post_id
JOIN pauses s ON s.workspace_id = t.workspace_id AND t.intent_at >= s.started_at AND (s.ended_at IS NULL OR t.intent_at < s.ended_at)
    AND (s.scope = 'workspace' OR s.scope_id IN (p.web_app_id, p.account_id))
WHERE t.part = 1;
