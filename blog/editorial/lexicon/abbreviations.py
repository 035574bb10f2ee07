"""Abbreviations: those that every reader knows, those with a known long form, and words that only shout."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Better known than their long forms: nobody is helped by "deoxyribonucleic acid". Kept small on purpose.
WELL_KNOWN = _words(
    """
    US USA UK EU UN UAE NZ DC NY NYC LA DNA RNA HIV AIDS COVID SARS TV CD DVD FM OK AM PM BC AD CE BCE ID PIN
    FAQ IQ CEO CFO GP HR PR IT AI PC USB PDF GPS SMS URL HTML ATM VIP RSVP ASAP DIY SOS UFO PS BBC CNN NBC CBS
    ABC NPR NASA NATO UNICEF UNESCO FBI CIA IKEA BMW IBM MRI NHS LGBT LGBTQ LGBTQIA UV BBQ SUV MP MPS ZIP JAMA
    BMJ PLOS PLOSONE MIT UCLA UCSF UCSD UCL NYU YMCA UTC GMT EST PST EDT PDT CET CEST JAN FEB MAR APR JUN JUL
    AUG SEP SEPT OCT NOV DEC MON TUE WED THU FRI SAT SUN
    """
)
#: Units and their like.
UNITS = _words(
    """
    IU MHZ GHZ KHZ KB MB GB TB KCAL MMHG KW MW PH
    """
)
#: Degrees and licences, as they stand after a name.
CREDENTIALS = _words(
    """
    MD PHD DPHIL DO DDS DMD DVM MBBS MBCHB BM BS BSC MSC BA MA MPH MBA MS MSN RN NP PA PAC LCSW LMFT LPC LMHC
    LICSW MSW PSYD EDD JD MRCPSYCH FRCPSYCH MRCP FRCP FRCGP FAPA DFAPA FACP FAAN PMHNP APRN DNP CRNA CNS OBE MBE
    CBE FRS PHARMD RPH PT OT DPT
    """
)
#: Unmistakable ones are silent wherever they stand.
PLAIN_CREDENTIALS = _words(
    """
    MD PHD DPHIL MBBS LCSW LMFT MPH PSYD MSC BSC MBA MRCPSYCH FRCPSYCH PHARMD
    """
)
STATES = _words(
    """
    AL AK AZ AR CA CO CT DE FL GA HI IA IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR
    PA RI SC SD TN TX UT VA VT WA WI WV WY NSW QLD BC ON QC AB
    """
)
#: What they are short for, so that the remedy can say it. Upper case without a plural's s.
LONG_FORMS = {
    "ADHD": "attention deficit hyperactivity disorder",
    "AMPA": "alpha-amino-3-hydroxy-5-methyl-4-isoxazolepropionic acid",
    "APA": "American Psychiatric Association",
    "ACT": "acceptance and commitment therapy",
    "ACTH": "adrenocorticotropic hormone",
    "ALS": "amyotrophic lateral sclerosis",
    "BDNF": "brain-derived neurotrophic factor",
    "BMI": "body mass index",
    "BP": "blood pressure",
    "BPD": "borderline personality disorder",
    "CBD": "cannabidiol",
    "CBT": "cognitive behavioral therapy",
    "CDC": "Centers for Disease Control and Prevention",
    "CNS": "central nervous system",
    "COPD": "chronic obstructive pulmonary disease",
    "CPAP": "continuous positive airway pressure",
    "CRPS": "complex regional pain syndrome",
    "CT": "computed tomography",
    "DBS": "deep brain stimulation",
    "DBT": "dialectical behavior therapy",
    "DEA": "Drug Enforcement Administration",
    "DMN": "default mode network",
    "DSM": "Diagnostic and Statistical Manual of Mental Disorders",
    "ECG": "electrocardiogram",
    "ECT": "electroconvulsive therapy",
    "EEG": "electroencephalogram",
    "EKG": "electrocardiogram",
    "EMA": "European Medicines Agency",
    "EMDR": "eye movement desensitization and reprocessing",
    "ER": "emergency room",
    "FDA": "Food and Drug Administration",
    "FMRI": "functional magnetic resonance imaging",
    "GABA": "gamma-aminobutyric acid",
    "GAD": "generalized anxiety disorder",
    "HPA": "hypothalamic-pituitary-adrenal",
    "HRT": "hormone replacement therapy",
    "HRV": "heart rate variability",
    "ICU": "intensive care unit",
    "IM": "intramuscular",
    "IOP": "intensive outpatient program",
    "IPT": "interpersonal therapy",
    "IV": "intravenous",
    "LSD": "lysergic acid diethylamide",
    "MADRS": "Montgomery–Åsberg Depression Rating Scale",
    "MAOI": "monoamine oxidase inhibitor",
    "MBCT": "mindfulness-based cognitive therapy",
    "MDD": "major depressive disorder",
    "MDMA": "methylenedioxymethamphetamine",
    "MHRA": "Medicines and Healthcare products Regulatory Agency",
    "MPFC": "medial prefrontal cortex",
    "MS": "multiple sclerosis",
    "MTOR": "mechanistic target of rapamycin",
    "NICE": "National Institute for Health and Care Excellence",
    "NIH": "National Institutes of Health",
    "NIMH": "National Institute of Mental Health",
    "NEJM": "New England Journal of Medicine",
    "NMDA": "N-methyl-D-aspartate",
    "NSAID": "nonsteroidal anti-inflammatory drug",
    "OCD": "obsessive-compulsive disorder",
    "OTC": "over-the-counter",
    "PCOS": "polycystic ovary syndrome",
    "PET": "positron emission tomography",
    "PFC": "prefrontal cortex",
    "PHQ": "Patient Health Questionnaire",
    "PMDD": "premenstrual dysphoric disorder",
    "PMS": "premenstrual syndrome",
    "PPD": "postpartum depression",
    "PTSD": "post-traumatic stress disorder",
    "RCT": "randomized controlled trial",
    "REM": "rapid eye movement",
    "REMS": "risk evaluation and mitigation strategy",
    "RTMS": "repetitive transcranial magnetic stimulation",
    "SAD": "seasonal affective disorder",
    "SAMHSA": "Substance Abuse and Mental Health Services Administration",
    "SNRI": "serotonin-norepinephrine reuptake inhibitor",
    "SSRI": "selective serotonin reuptake inhibitor",
    "STD": "sexually transmitted disease",
    "SUD": "substance use disorder",
    "TBI": "traumatic brain injury",
    "TCA": "tricyclic antidepressant",
    "TDCS": "transcranial direct current stimulation",
    "THC": "tetrahydrocannabinol",
    "TMS": "transcranial magnetic stimulation",
    "TRD": "treatment-resistant depression",
    "VA": "Department of Veterans Affairs",
    "VNS": "vagus nerve stimulation",
    "WHO": "World Health Organization",
}
#: Short words that authors write in capitals to stress them. That is another rule's matter.
STRESSED = _words(
    """
    ABLE ABOUT ABOVE ACTUAL AFTER AGAIN AGE AGO AHEAD ALIVE ALL ALLOW ALMOST ALONE ALONG ALSO ALWAYS AMAZE AND
    ANGRY ANY APART ARE AREA ARM ASK AT AWAY AWFUL BACK BAD BASIC BE BEAT BED BEEN BEFORE BEGAN BEGIN BEING BEST
    BETTER BEYOND BIG BIT BLACK BLOOD BODY BOTH BRAIN BRAVE BREAK BRING BUT BUY BY CALL CALM CAME CAN CANNOT
    CARE CAUSE CHANCE CHANGE CHILD CHOICE CHOOSE CLEAR CLOSE COLD COME COULD COURSE CRAZY CRY CURE DAILY DARK
    DAY DAYS DEAD DEAL DEAR DEEP DEEPLY DID DIE DO DOES DOING DONE DONT DOWN DREAM DRINK DRIVE DROP DRUG DUE
    EACH EARLY EASIER EASILY EASY EAT EFFECT EITHER ELSE END ENJOY ENOUGH ENTER ENTIRE EVEN EVENT EVER EVERY
    EXACT EXIT EXTRA FACE FACT FAIL FAIR FALL FAMILY FAR FAST FATHER FEAR FEEL FEELS FELT FEW FIGHT FILL FINAL
    FIND FINE FIRM FIRST FIT FIVE FIX FOCUS FOOD FOR FORCE FOUND FOUR FREE FRESH FRIEND FROM FULL FULLY FUN
    FUTURE GAIN GAVE GET GIFT GIVE GO GOAL GOES GOING GOLD GONE GOOD GOT GRAND GREAT GREW GROW GROWTH GUESS
    GUILTY HAD HALF HAND HAPPEN HAPPY HARD HARDER HAS HATE HAVE HE HEAD HEAL HEALTH HEAR HEARD HEART HEAVY HELD
    HELLO HELP HELPED HELPS HER HERE HERS HIGH HIM HIS HIT HOLD HOME HOPE HOT HOUR HOURS HOUSE HOW HUGE HURT
    HURTS IDEA IF ILL IN INTO IS IT ITS JOIN JOY JUST KEEP KEPT KEY KILL KIND KNEW KNOW KNOWN KNOWS LACK LARGE
    LAST LATE LATER LAUGH LEARN LEAST LEAVE LEFT LESS LET LETS LEVEL LIE LIFE LIGHT LIKE LIKELY LINE LIST LISTEN
    LITTLE LIVE LIVED LIVES LONG LONGER LOOK LOSE LOSS LOST LOT LOTS LOUD LOVE LOVED LOW LOWER MADE MAIN MAJOR
    MAKE MAKES MANY MATTER MAY MAYBE ME MEAN MEANS MEANT MEET MEN MERE MIGHT MIND MINE MIRACL MISS MONEY MONTH
    MOOD MORE MOST MOTHER MOVE MUCH MUST MY MYTH NAME NEAR NEED NEEDED NEEDS NEVER NEW NEWS NEXT NIGHT NO NOBODY
    NONE NOR NORMAL NOT NOTE NOTHIN NOW OF OFF OFTEN OLD ON ONCE ONE ONES ONLY OPEN OR ORDER OTHER OUR OURS OUT
    OVER OWN PAIN PAST PAY PEACE PEOPLE PICK PLACE PLAN PLEASE PLUS POINT POOR POWER PROBLEM PROOF PROVE PROVEN
    PULL PURE PUSH PUT QUICK QUIET QUIT QUITE RAPID RARE RATHER READ READY REAL REALLY REASON REFUSE RELIEF REST
    RIGHT RISE RISK RISKS ROOM RUN SAD SAFE SAFELY SAFER SAFETY SAID SAME SAVE SAW SAY SAYS SCARY SEE SEEM SEEMS
    SEEN SELF SEND SENT SERVE SET SEVERE SHALL SHAME SHARE SHE SHORT SHOULD SHOUT SHOW SHUT SICK SIDE SIGN
    SIMPLE SINCE SIT SLEEP SLOW SLOWLY SMALL SMART SO SOLVE SOME SOON SORRY SPEAK STAND START STAY STEP STILL
    STOP STOPS STRONG SUCH SUDDEN SUPER SURE TAKE TAKEN TAKES TALK TELL TEN TEST TEXT THAN THANK THANKS THAT THE
    THEIR THEM THEN THERE THESE THEY THING THINGS THINK THIS THOSE THREE TIME TIMES TINY TIRED TO TODAY TOLD TOO
    TOOK TOP TOTAL TOUCH TOWARD TRIED TRUE TRULY TRUST TRUTH TRY TURN TWICE TWO UNDER UNIQUE UNTIL UP UPON US
    USE USED USES USUAL VERY VOICE VOTE WAIT WAKE WALK WANT WANTED WANTS WARN WAS WASTE WATCH WATER WAY WAYS WE
    WEAK WEEK WEEKS WELL WENT WERE WHAT WHEN WHERE WHICH WHILE WHO WHOLE WHOM WHOSE WHY WIDE WILL WIN WISE WISH
    WITH WITHIN WON WONT WORD WORDS WORK WORKED WORKS WORLD WORRY WORSE WORST WORTH WOULD WOW WRITE WRONG YEAH
    YEAR YEARS YES YET YOU YOUNG YOUR YOURS ZERO
    """
)
